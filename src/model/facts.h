/* SPDX-License-Identifier: BSD-3-Clause */
/* What runs need to know of a series; sx_look is public. */
#ifndef SX_MODEL_FACTS_H
#define SX_MODEL_FACTS_H

#include "sarimax_c.h"

/* sx_look with the instructions of a level that this CPU has. */
sx_facts sx_look_at_level(const sx_series *series, sx_simd level);

/* The facts that a series carries, or else those that sx_look finds. */
sx_facts sx_facts_of(const sx_series *series);

/* max |z_k|, NaN left out. */
double sx_largest_of(const double *z, int64_t n);

#endif
