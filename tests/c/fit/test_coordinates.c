/* SPDX-License-Identifier: BSD-3-Clause */
/* Maps against their definition, derivatives against differences. */
#include "fit/coordinates.h"

#include "fixtures.h"

enum { K_EXOG = 2, MOST = 12 };

static const double START[MOST] = {0.3, -0.7, 1.2, 0.1, -2.0, 0.5,
                                   0.4, 2.0,  0.6, 0.9, 1.1,  0.8};

/* A model with its regressors, and coordinates in memory of their own. */
typedef struct bound {
  sx_model model;
  double exog[NOBS * K_EXOG];
  sx_series series;
  void *memory;
  sx_coordinates coordinates;
} bound;

/* Regressors: t, and a constant. */
static void bind(const sx_spec *spec, double sigma, bound *b) {
  sx_arena arena = sx_arena_measure();
  size_t size = 0;

  b->model = model_of(spec);
  for (int t = 0; t < NOBS; t++) {
    b->exog[K_EXOG * t] = t;
    b->exog[K_EXOG * t + 1] = 5.0;
  }
  b->series = (sx_series){NOBS, b->exog, b->exog, NULL, NULL};
  sx_coordinates_layout(&b->model, NOBS, &arena, &b->coordinates);
  CHECK(sx_arena_plan(&arena, &size) == SX_OK);
  b->memory = malloc(size);
  if (b->memory == NULL) {
    abort();
  }
  memset(b->memory, 0xff, size);
  arena = sx_arena_bind(b->memory, size);
  sx_coordinates_layout(&b->model, NOBS, &arena, &b->coordinates);
  sx_coordinates_init(&b->coordinates, &b->series, sigma);
}

/* Every block: 2 trend, 2 exog, AR 2, MA 1, seasonal AR 1, seasonal MA 1. */
static sx_spec everything(uint32_t flags) {
  sx_spec spec = seasonal(order(2, 1, 1), 1, 0, 1, 4);

  spec.trend = (sx_lags){2, POWERS};
  spec.k_exog = K_EXOG;
  spec.flags = flags;
  return spec;
}

static void kinds_are_those_of_the_blocks(void) {
  sx_spec spec = everything(ENFORCE | SX_ENFORCE_INVERTIBILITY);
  double z[MOST];
  bound b;

  bind(&spec, 3.0, &b);
  CHECK(b.model.k_params == 10);
  sx_coordinates_of(&b.coordinates, START, z);
  /* 1, t from 1 on, a difference of 1, and what differencing would remove */
  CHECK_CLOSE(z[0], 0.3 / 3.0, 1e-14, 0);
  CHECK_CLOSE(z[1], -0.7 * sqrt(61.0 * 121.0 / 6.0) / 3.0, 1e-14, 0);
  CHECK_CLOSE(z[2], 1.2 / 3.0, 1e-14, 0);
  CHECK_CLOSE(z[3], 0.1 * 5.0 / 3.0, 1e-14, 0);
  for (int i = 4; i < 9; i++) {
    CHECK_CLOSE(z[i], atan(START[i]), 1e-15, 0);
  }
  CHECK_CLOSE(z[9], sqrt(2.0) * log(0.9), 1e-14, 0);
  free(b.memory);
}

static void simple_differencing_leaves_regressors_as_they_are(void) {
  sx_spec spec = everything(SX_SIMPLE_DIFFERENCING);
  double z[MOST];
  bound b;

  bind(&spec, 1.0, &b);
  sx_coordinates_of(&b.coordinates, START, z);
  CHECK_CLOSE(z[2], 1.2 * sqrt(59.0 * 119.0 / 6.0), 1e-14, 0);
  for (int i = 4; i < 9; i++) {
    CHECK(z[i] == START[i]); /* not enforced */
  }
  free(b.memory);
}

static void a_measurement_error_is_in_units_of_sigma(void) {
  sx_spec spec = order(1, 0, 0);
  const double x[] = {0.5, -0.8, 2.0};
  double z[3], back[3], slope[3];
  bound b;

  spec.flags |= SX_MEASUREMENT_ERROR;
  bind(&spec, 4.0, &b);
  sx_coordinates_of(&b.coordinates, x, z);
  CHECK_CLOSE(z[1], -0.2, 1e-15, 0);
  CHECK_CLOSE(z[2], sqrt(2.0) * log(2.0), 1e-15, 0);
  sx_coordinates_back(&b.coordinates, z, back, slope);
  CHECK_CLOSE(back[1], -0.8, 1e-15, 0);
  CHECK(slope[1] == 4.0);
  free(b.memory);
}

static void units_without_a_size_are_one(void) {
  sx_spec spec = everything(SX_CONCENTRATE_SCALE);
  const double sigmas[] = {0.0, INFINITY, NAN};
  double z[MOST];
  bound b;

  for (int i = 0; i < 3; i++) {
    bind(&spec, sigmas[i], &b);
    CHECK(b.model.k_params == 9);
    sx_coordinates_of(&b.coordinates, START, z);
    for (int j = 0; j < 9; j++) {
      CHECK(z[j] == START[j]);
    }
    free(b.memory);
  }
}

static void the_map_is_inverted(void) {
  const uint32_t flags[] = {0, ENFORCE, SX_ENFORCE_INVERTIBILITY,
                            ENFORCE | SX_ENFORCE_INVERTIBILITY |
                                SX_MEASUREMENT_ERROR};

  for (int f = 0; f < 4; f++) {
    sx_spec spec = everything(flags[f]);
    double z[MOST], x[MOST], slope[MOST], moved[MOST], unused[MOST];
    bound b;

    bind(&spec, 0.7, &b);
    sx_coordinates_of(&b.coordinates, START, z);
    sx_coordinates_back(&b.coordinates, z, x, slope);
    for (int i = 0; i < b.model.k_params; i++) {
      double at = z[i];

      CHECK_CLOSE(x[i], START[i], 1e-14, 0);
      z[i] = at + 1e-6;
      sx_coordinates_back(&b.coordinates, z, moved, unused);
      z[i] = at - 1e-6;
      sx_coordinates_back(&b.coordinates, z, x, unused);
      z[i] = at;
      CHECK_CLOSE((moved[i] - x[i]) / 2e-6, slope[i], 1e-8, 0);
      x[i] = START[i];
    }
    free(b.memory);
  }
}

static void the_adjoint_is_the_derivative(void) {
  sx_spec spec = everything(ENFORCE | SX_ENFORCE_INVERTIBILITY);
  double z[MOST], x[MOST], slope[MOST], unused[MOST];
  double bar[MOST], high[MOST], low[MOST];
  bound b;

  bind(&spec, 0.7, &b);
  sx_coordinates_of(&b.coordinates, START, z);
  sx_coordinates_back(&b.coordinates, z, x, slope);
  for (int j = 0; j < 10; j++) {
    bar[j] = 1.0 + j;
  }
  sx_coordinates_adjoint(&b.coordinates, x, slope, bar);
  for (int i = 0; i < 10; i++) {
    double at = z[i], sum = 0.0;

    z[i] = at + 1e-6;
    sx_coordinates_back(&b.coordinates, z, high, unused);
    sx_transform_params(&b.model, high, high);
    z[i] = at - 1e-6;
    sx_coordinates_back(&b.coordinates, z, low, unused);
    sx_transform_params(&b.model, low, low);
    z[i] = at;
    for (int j = 0; j < 10; j++) {
      sum += (1.0 + j) * (high[j] - low[j]) / 2e-6;
    }
    CHECK_CLOSE(bar[i], sum, 1e-7, 1e-7);
  }
  free(b.memory);
}

/* r = sin v turns back where v passes pi / 2. */
static void reflection_coefficients_turn_back(void) {
  sx_spec spec = order(0, 1, 1);
  const double half_pi = 2.0 * atan(1.0);
  const double inside[] = {half_pi - 0.1, 0.0}, beyond[] = {half_pi + 0.1, 0.0};
  const double edge[] = {half_pi, 1e6};
  double x[2], y[2], slope[2], slope_beyond[2];
  bound b;

  bind(&spec, 1.0, &b);
  sx_coordinates_back(&b.coordinates, inside, x, slope);
  sx_coordinates_back(&b.coordinates, beyond, y, slope_beyond);
  CHECK_CLOSE(x[0], y[0], 1e-13, 0);
  CHECK_CLOSE(slope_beyond[0], -slope[0], 1e-13, 0);
  sx_coordinates_back(&b.coordinates, edge, x, slope);
  sx_transform_params(&b.model, x, y);
  CHECK(isfinite(y[0]) && isfinite(y[1]) && isfinite(slope[0]));
  sx_untransform_params(&b.model, y, y);
  CHECK(isfinite(y[0]) && isfinite(y[1]));
  free(b.memory);
}

/* cos(v) = sqrt(1 - r^2) of an autoregression's r, else 1. */
static void room_ends_at_unit_roots(void) {
  sx_spec spec = everything(ENFORCE | SX_ENFORCE_INVERTIBILITY);
  double z[MOST] = {0.0};
  bound b;

  bind(&spec, 1.0, &b);
  for (int i = 0; i < b.model.k_params; i++) {
    z[i] = 1.5;
  }
  for (int i = 0; i < b.model.k_params; i++) {
    int is_ar = i == 4 || i == 5 || i == 7;
    double room = sx_coordinates_room(&b.coordinates, z, i);

    CHECK_CLOSE(room, is_ar ? cos(1.5) : 1.0, 1e-14, 0);
  }
  z[4] = 2.0 * atan(1.0);
  CHECK(sx_coordinates_room(&b.coordinates, z, 4) > 0.0);
  z[4] = 3.0;
  CHECK_CLOSE(sx_coordinates_room(&b.coordinates, z, 4), -cos(3.0), 1e-14, 0);
  b.model.spec.flags = 0;
  CHECK(sx_coordinates_room(&b.coordinates, z, 4) == 1.0);
  free(b.memory);
}

int main(void) {
  RUN(kinds_are_those_of_the_blocks);
  RUN(simple_differencing_leaves_regressors_as_they_are);
  RUN(a_measurement_error_is_in_units_of_sigma);
  RUN(units_without_a_size_are_one);
  RUN(the_map_is_inverted);
  RUN(the_adjoint_is_the_derivative);
  RUN(reflection_coefficients_turn_back);
  RUN(room_ends_at_unit_roots);
  return harness_finish();
}
