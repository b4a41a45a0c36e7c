/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/facts.h"

#include "base/vector.h"

#include <math.h>

/* Number of NaN. A sum of eight tells of most blocks that they have none. */
static int64_t count_missing(const double *y, int64_t count) {
  int64_t missing = 0;
  int64_t t = 0;

  for (; t + 8 <= count; t += 8) {
    double sum = ((y[t] + y[t + 1]) + (y[t + 2] + y[t + 3])) +
                 ((y[t + 4] + y[t + 5]) + (y[t + 6] + y[t + 7]));

    for (int64_t k = 0; k < 8 && isnan(sum); k++) {
      missing += isnan(y[t + k]) != 0;
    }
  }
  for (; t < count; t++) {
    missing += isnan(y[t]) != 0;
  }
  return missing;
}

/* Four at a time for the sake of vector units. */
double sx_largest_of(const double *z, int64_t n) {
  double largest[4] = {0.0, 0.0, 0.0, 0.0};
  int64_t k = 0;

  for (; k + 4 <= n; k += 4) {
    for (int j = 0; j < 4; j++) {
      double value = fabs(z[k + j]);

      largest[j] = value > largest[j] ? value : largest[j];
    }
  }
  for (; k < n; k++) {
    largest[0] = fabs(z[k]) > largest[0] ? fabs(z[k]) : largest[0];
  }
  return fmax(fmax(largest[0], largest[1]), fmax(largest[2], largest[3]));
}

/* The facts of values of which the last one is not missing. */
static sx_facts look_at(const double *y, int64_t count) {
  return (sx_facts){count, count_missing(y, count), sx_largest_of(y, count)};
}

#if SX_HAVE_AVX2
/* The same in half the time: batches look at each series before they run. */
SX_TARGET_AVX2 static sx_facts look_at_avx2(const double *y, int64_t count) {
  sx_facts facts = look_at(y + (count & ~(int64_t)7), count & 7);
  sx_v4 largest[2] = {{0.0}, {0.0}};
  sx_mask4 missing = {0};

  for (int64_t t = 0; t + 8 <= count; t += 8) {
    for (int k = 0; k < 2; k++) {
      sx_mask4 bits, larger;
      sx_v4 size;

      memcpy(&bits, y + t + 4 * k, sizeof(bits));
      bits &= INT64_MAX;
      size = (sx_v4)bits;
      larger = size > largest[k];
      largest[k] = (sx_v4)((bits & larger) | ((sx_mask4)largest[k] & ~larger));
      missing -= size != size;
    }
  }
  for (int k = 0; k < 8; k++) {
    double size = largest[k / 4][k % 4];

    facts.largest = size > facts.largest ? size : facts.largest;
  }
  facts.missing += missing[0] + missing[1] + missing[2] + missing[3];
  facts.last = count;
  return facts;
}
#endif

sx_facts sx_look_at_level(const sx_series *series, sx_simd level) {
  int64_t last = series->nobs;

  while (last > 0 && isnan(series->endog[last - 1])) {
    last--;
  }
#if SX_HAVE_AVX2
  if (level >= SX_SIMD_AVX2) {
    return look_at_avx2(series->endog, last);
  }
#else
  (void)level;
#endif
  return look_at(series->endog, last);
}

sx_facts sx_look(const sx_series *series) {
  return sx_look_at_level(series, sx_simd_detect());
}

sx_facts sx_facts_of(const sx_series *series) {
  return series->facts ? *series->facts : sx_look(series);
}
