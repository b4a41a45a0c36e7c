/* SPDX-License-Identifier: BSD-3-Clause */
/* What runs need to know of a series; sx_look is public. */
#ifndef SX_MODEL_FACTS_H
#define SX_MODEL_FACTS_H

#include "sarimax_c.h"

/* The facts that a series carries, or else those that sx_look finds. */
sx_facts sx_facts_of(const sx_series *series);

/* max |z_k|, NaN left out. */
double sx_largest_of(const double *z, int64_t n);

#endif
