/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers and names below are released; they may never change. */
#include "sarimax_c.h"

#include "harness.h"

#include <limits.h>
#include <string.h>

typedef struct released {
  int number;
  const char *name;
} released;

static const released RELEASED[] = {{0, "SX_OK"},
                                    {-1, "SX_E_ARGUMENT"},
                                    {-2, "SX_E_MEMORY"},
                                    {-3, "SX_E_OVERFLOW"},
                                    {-4, "SX_E_WORKSPACE"},
                                    {-10, "SX_E_LAGS"},
                                    {-11, "SX_E_DIFF"},
                                    {-12, "SX_E_PERIODS"},
                                    {-13, "SX_E_TREND"},
                                    {-14, "SX_E_MAX_STATES"},
                                    {-15, "SX_E_NOBS"},
                                    {-16, "SX_E_EXACT"},
                                    {-17, "SX_E_INTERRUPTED"},
                                    {-18, "SX_E_DATA"},
                                    {-20, "SX_E_LU"},
                                    {1, "SX_W_SKIPPED"},
                                    {2, "SX_W_NONFINITE"}};

enum { RELEASED_COUNT = sizeof(RELEASED) / sizeof(RELEASED[0]) };

#define ONE(name, number, message) +1
enum { MAP_COUNT = 0 SX_STATUS_MAP(ONE) };

static int is_released(int number) {
  for (int i = 0; i < RELEASED_COUNT; i++) {
    if (RELEASED[i].number == number) {
      return 1;
    }
  }
  return 0;
}

static void every_status_has_its_name(void) {
  CHECK((int)MAP_COUNT == (int)RELEASED_COUNT);
  for (int i = 0; i < RELEASED_COUNT; i++) {
    CHECK(strcmp(sx_status_name(RELEASED[i].number), RELEASED[i].name) == 0);
  }
}

static void every_status_has_its_own_message(void) {
  for (int i = 0; i < RELEASED_COUNT; i++) {
    const char *message = sx_status_message(RELEASED[i].number);

    CHECK(strlen(message) > 0);
    CHECK(strcmp(message, sx_status_message(99)) != 0);
    for (int j = 0; j < i; j++) {
      CHECK(strcmp(message, sx_status_message(RELEASED[j].number)) != 0);
    }
  }
}

/* The texts of statsmodels' LinAlgError and of its check of s. */
static void messages_of_statsmodels(void) {
  CHECK(strcmp(sx_status_message(SX_E_LU), "LU decomposition error.") == 0);
  CHECK(strcmp(sx_status_message(SX_E_PERIODS),
               "Seasonal periodicity must be greater than 1.") == 0);
}

static void other_numbers_are_unknown(void) {
  const int far[] = {INT_MIN, INT_MAX};

  for (int number = -40; number <= 40; number++) {
    if (!is_released(number)) {
      CHECK(strcmp(sx_status_name(number), "SX_UNKNOWN") == 0);
      CHECK(strcmp(sx_status_message(number), sx_status_message(99)) == 0);
    }
  }
  for (int i = 0; i < 2; i++) {
    CHECK(strcmp(sx_status_name(far[i]), "SX_UNKNOWN") == 0);
    CHECK(strlen(sx_status_message(far[i])) > 0);
  }
}

static void every_reason_has_its_own_message(void) {
#define REASON(name, number, message) number,
  const int numbers[] = {SX_REASON_MAP(REASON)};
#undef REASON
  int count = (int)(sizeof(numbers) / sizeof(numbers[0]));

  for (int i = 0; i < count; i++) {
    CHECK(numbers[i] == i);
    CHECK(strcmp(sx_reason_message(i), sx_reason_message(99)) != 0);
    for (int j = 0; j < i; j++) {
      CHECK(strcmp(sx_reason_message(i), sx_reason_message(j)) != 0);
    }
  }
}

static void ends_have_messages(void) {
  CHECK(strcmp(sx_fit_end_message(SX_FIT_MAXITER),
               "stopped: maxiter iterations reached") == 0);
  for (int end = SX_FIT_CONVERGED; end <= SX_FIT_NO_DATA; end++) {
    CHECK(strcmp(sx_fit_end_message(end), "unknown end") != 0);
  }
  CHECK(strcmp(sx_fit_end_message(-1), "unknown end") == 0);
}

int main(void) {
  RUN(ends_have_messages);
  RUN(every_status_has_its_name);
  RUN(every_reason_has_its_own_message);
  RUN(every_status_has_its_own_message);
  RUN(messages_of_statsmodels);
  RUN(other_numbers_are_unknown);
  return harness_finish();
}
