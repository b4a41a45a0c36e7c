/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/facts.h"

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

sx_facts sx_look(const sx_series *series) {
  sx_facts facts = {series->nobs, 0, 0.0};

  while (facts.last > 0 && isnan(series->endog[facts.last - 1])) {
    facts.last--;
  }
  facts.missing = count_missing(series->endog, facts.last);
  facts.largest = sx_largest_of(series->endog, facts.last);
  return facts;
}

sx_facts sx_facts_of(const sx_series *series) {
  return series->facts ? *series->facts : sx_look(series);
}
