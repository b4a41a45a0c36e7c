/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected values: autocovariances in closed form (Box, Jenkins & Reinsel, Time
 * Series Analysis, section 3), statsmodels' r = SARIMAX(y, options).filter(p),
 * r.filter_results.initial_state and initial_state_cov, and dense.h.
 */
#include "filter/init.h"

#include "dense.h"
#include "randoms.h"

/* a_1 and P_1, full and symmetric. */
typedef struct initial {
  sx_status status;
  double state[DENSE_MAX];
  double cov[DENSE_MAX][DENSE_MAX];
} initial;

static void make_initial(const sx_model *model, const double *vector,
                         initial *result) {
  enum { ROOM = 1 << 16 };
  static unsigned char memory[ROOM];
  sx_arena arena = sx_arena_bind(memory, ROOM);
  sx_params params;
  sx_init init;

  sx_params_layout(model, &arena, &params);
  sx_init_layout(model, &arena, &init);
  CHECK(!sx_arena_failed(&arena) && model->k_states <= DENSE_MAX);
  sx_params_unpack(model, vector, &params);
  memset(result, 0xff, sizeof(*result));
  result->status = sx_init_state(model, &params, &init, result->state,
                                 &result->cov[0][0], DENSE_MAX);
  for (int i = 0; i < model->k_states; i++) {
    for (int j = 0; j < i; j++) {
      result->cov[i][j] = result->cov[j][i];
    }
  }
  SX_UNPOISON(memory, ROOM);
}

/* AR(1): sigma2 / (1 - phi^2). */
static void first_order_autoregression(void) {
  sx_spec spec = order(1, 0, 0);
  const double vector[] = {0.5, 3.0};
  sx_model model = model_of(&spec);
  initial result;

  make_initial(&model, vector, &result);
  CHECK(result.status == SX_OK && result.state[0] == 0.0);
  CHECK_CLOSE(result.cov[0][0], 4.0, 1e-15, 0);
}

/*
 * ARMA(1, 1), states (x_t, theta e_t): var = sigma2 (1 + 2 phi theta +
 * theta^2) / (1 - phi^2) = 2 (1 + .3 + .09) / .75, theta sigma2 = .6,
 * theta^2 sigma2 = .18
 */
static void mixed_process(void) {
  sx_spec spec = order(1, 0, 1);
  const double vector[] = {0.5, 0.3, 2.0};
  sx_model model = model_of(&spec);
  initial result;

  make_initial(&model, vector, &result);
  CHECK_CLOSE(result.cov[0][0], 2.0 * 1.39 / 0.75, 1e-15, 0);
  CHECK_CLOSE(result.cov[0][1], 0.6, 1e-15, 0);
  CHECK_CLOSE(result.cov[1][1], 0.18, 1e-15, 0);
}

/*
 * AR(2): gamma_0 = sigma2 (1 - p2) / ((1 + p2) ((1 - p2)^2 - p1^2)), gamma_1 =
 * p1 gamma_0 / (1 - p2); state 1 is p2 x_{t-1}.
 */
static void second_order_autoregression(void) {
  sx_spec spec = order(2, 0, 0);
  const double vector[] = {0.5, -0.25, 1.5};
  double gamma = 1.5 * 1.25 / (0.75 * (1.25 * 1.25 - 0.25));
  sx_model model = model_of(&spec);
  initial result;

  make_initial(&model, vector, &result);
  CHECK_CLOSE(result.cov[0][0], gamma, 1e-15, 0);
  CHECK_CLOSE(result.cov[0][1], -0.25 * 0.5 * gamma / 1.25, 1e-14, 0);
  CHECK_CLOSE(result.cov[1][1], 0.0625 * gamma, 1e-15, 0);
}

/*
 * The same beside a unit root, p2 = 2^-20 - 1: the equations lose six digits,
 * the factors of gamma_0 are exact.
 */
static void root_near_the_unit_circle(void) {
  sx_spec spec = order(2, 0, 0);
  double p2 = ldexp(1.0, -20) - 1.0;
  const double vector[] = {1.5, p2, 1.0};
  double gamma = (1.0 - p2) / ((1.0 + p2) * ((-0.5 - p2) * (2.5 - p2)));
  sx_model model = model_of(&spec);
  initial result;

  make_initial(&model, vector, &result);
  CHECK_CLOSE(result.cov[0][0], gamma, 1e-15, 0);
  CHECK_CLOSE(result.cov[0][1], p2 * 1.5 * gamma / (1.0 - p2), 1e-15, 0);
  CHECK_CLOSE(result.cov[1][1], p2 * p2 * gamma, 1e-15, 0);
}

/* MA(2): state i is sum_{k >= i} theta_k e_{t+i-k}. */
static void moving_average(void) {
  sx_spec spec = order(0, 0, 2);
  const double vector[] = {0.5, -0.25, 2.0};
  const double expected[3][3] = {
      {2.625, 0.75, -0.5}, {0.75, 0.625, -0.25}, {-0.5, -0.25, 0.125}};
  sx_model model = model_of(&spec);
  initial result;

  make_initial(&model, vector, &result);
  for (int i = 0; i < 3; i++) {
    check_all(3, result.cov[i], expected[i], 1e-15);
  }
}

/* order=(2, 0, 1), seasonal_order=(1, 0, 0, 3), trend="c" */
static void seasonal_process_with_a_mean(void) {
  const double vector[] = {.7, .4, -.3, .6, .25, 2.};
  const double mean[] = {1.0370370370370372, -0.07777777777777774,
                         0.23333333333333336, -0.02592592592592593,
                         0.07777777777777778};
  const double cov[5][5] = {
      {4.060262605742754, 0.5920682107793649, 0.5496515794162652,
       -0.20526416788834476, 0.16621299398073477},
      {0.5920682107793647, 0.9369660202004241, -0.16294044506420255,
       0.07771393330248669, -0.05013204017299192},
      {0.5496515794162654, -0.1629404450642026, 0.18133333333333335,
       -0.05741289485406646, 0.06073511126605074},
      {-0.20526416788834503, 0.07771393330248695, -0.05741289485406645,
       0.03019900441858375, -0.01798599499451559},
      {0.16621299398073475, -0.050132040172992, 0.06073511126605079,
       -0.01798599499451563, 0.02283897715730297}};
  sx_spec spec = seasonal(order(2, 0, 1), 1, 0, 0, 3);
  sx_model model;
  initial result;

  spec.trend = (sx_lags){1, POWERS};
  model = model_of(&spec);
  make_initial(&model, vector, &result);
  CHECK(result.status == SX_OK);
  check_all(5, result.state, mean, 1e-14);
  for (int i = 0; i < 5; i++) {
    check_all(5, result.cov[i], cov[i], 1e-13);
  }
}

/* SARIMAX(y, order=(1, 0, 0), trend="c"): 1.5e-9 gives 3e-9, 1e-9 gives 0. */
static void tiny_intercepts_are_ignored(void) {
  const double vectors[][3] = {
      {1e-9, .5, 2.}, {-1e-9, .5, 2.}, {1.5e-9, .5, 2.}, {-1.5e-9, .5, 2.}};
  const double means[] = {0.0, 0.0, 3e-9, -3e-9};
  sx_spec spec = order(1, 0, 0);
  sx_model model;

  spec.trend = (sx_lags){1, POWERS};
  model = model_of(&spec);
  for (int i = 0; i < 4; i++) {
    initial result;

    make_initial(&model, vectors[i], &result);
    CHECK_CLOSE(result.state[0], means[i], 1e-15, 0);
  }
}

/* c_1 = .25 (10 + 0)^3 = 250 and 250 / (1 - .5) = 500 */
static void the_mean_is_that_of_the_first_intercept(void) {
  const int32_t cube[] = {3};
  const double vector[] = {0.25, 0.5, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model;
  initial result;

  spec.trend = (sx_lags){1, cube};
  spec.trend_offset = 10.0;
  model = model_of(&spec);
  make_initial(&model, vector, &result);
  CHECK_CLOSE(result.state[0], 500.0, 1e-15, 0);
}

/* Differences N(0, kappa), independent of the stationary block. */
static void differences_are_diffuse(void) {
  sx_spec spec = seasonal(order(1, 1, 0), 0, 1, 0, 2);
  const double vector[] = {0.5, 3.0};
  sx_model model;
  initial result;

  spec.initial_variance = 1e5;
  model = model_of(&spec);
  make_initial(&model, vector, &result);
  CHECK(model.k_states == 4);
  for (int i = 0; i < 4; i++) {
    CHECK(result.state[i] == 0.0);
    for (int j = 0; j < 4; j++) {
      double variance = i < 3 ? 1e5 : 4.0;

      CHECK_CLOSE(result.cov[i][j], i == j ? variance : 0.0, 1e-15, 0);
    }
  }
}

/* Whatever the parameters: N(0, kappa) for every state, and no mean. */
static void not_enforced_is_all_diffuse(void) {
  sx_spec spec = order(2, 1, 0);
  const double vectors[][4] = {
      {2., .5, .3, 1.}, {2., -1., 0., 1.}, {2., 1.5, NAN, 1.}};
  sx_model model;

  spec.flags = 0;
  spec.trend = (sx_lags){1, POWERS};
  model = model_of(&spec);
  for (int k = 0; k < 3; k++) {
    initial result;

    make_initial(&model, vectors[k], &result);
    CHECK(result.status == SX_OK);
    for (int i = 0; i < 3; i++) {
      CHECK(result.state[i] == 0.0);
      for (int j = 0; j < 3; j++) {
        CHECK(result.cov[i][j] == (i == j ? 1e6 : 0.0));
      }
    }
  }
}

/* phi(B) = 1 + B, 1 - B^2, 1 - B^4: each zero at B = -1. */
static void a_root_at_minus_one_is_an_lu_error(void) {
  const double one[] = {-1.0, 1.0};
  const double two[] = {0.0, 1.0, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  initial result;

  make_initial(&model, one, &result);
  CHECK(result.status == SX_E_LU);
  spec = order(2, 0, 0);
  model = model_of(&spec);
  make_initial(&model, two, &result);
  CHECK(result.status == SX_E_LU);
  spec = seasonal(order(0, 0, 0), 1, 0, 0, 4);
  model = model_of(&spec);
  make_initial(&model, two + 1, &result);
  CHECK(result.status == SX_E_LU);
}

/* phi(B) = 1 - B: statsmodels' variance is about -5e291. */
static void a_unit_root_has_a_huge_negative_variance(void) {
  const double vector[] = {1.0, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  initial result;

  make_initial(&model, vector, &result);
  CHECK(result.status == SX_OK);
  CHECK(isfinite(result.cov[0][0]) && result.cov[0][0] < -1e200);
}

/* phi = 1.1: sigma2 / (1 - 1.21) < 0, as it comes out. */
static void explosive_parameters_give_a_negative_variance(void) {
  const double vector[] = {1.1, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  initial result;

  make_initial(&model, vector, &result);
  CHECK(result.status == SX_OK);
  CHECK_CLOSE(result.cov[0][0], 1.0 / (1.0 - 1.21), 1e-13, 0);
}

static void nan_passes_through(void) {
  const double vectors[][3] = {
      {NAN, 0.3, 1.0}, {0.5, NAN, 1.0}, {0.5, 0.3, NAN}, {INFINITY, 0.3, 1.0}};
  sx_spec spec = order(1, 0, 1);
  sx_model model = model_of(&spec);

  for (int i = 0; i < 4; i++) {
    initial result;

    make_initial(&model, vectors[i], &result);
    CHECK(result.status == SX_OK && isnan(result.cov[0][0]));
  }
}

static void random_models_equal_the_dense_reference(void) {
  for (uint64_t number = 0; number < 150; number++) {
    static dense_system sys;
    random_case c;
    initial result;

    random_make(number, &c);
    make_initial(&c.model, c.params, &result);
    dense_build(&c.model, c.params, &sys);
    dense_init(&c.model, c.params, &sys);
    CHECK(result.status == SX_OK);
    for (int i = 0; i < sys.m; i++) {
      CHECK_CLOSE(result.state[i], (double)sys.a[i], 1e-12, 1e-14);
      for (int j = 0; j < sys.m; j++) {
        CHECK_CLOSE(result.cov[i][j], (double)sys.P[i][j], 1e-12, 1e-14);
      }
    }
  }
}

int main(void) {
  RUN(first_order_autoregression);
  RUN(mixed_process);
  RUN(second_order_autoregression);
  RUN(root_near_the_unit_circle);
  RUN(moving_average);
  RUN(seasonal_process_with_a_mean);
  RUN(tiny_intercepts_are_ignored);
  RUN(the_mean_is_that_of_the_first_intercept);
  RUN(differences_are_diffuse);
  RUN(not_enforced_is_all_diffuse);
  RUN(a_root_at_minus_one_is_an_lu_error);
  RUN(a_unit_root_has_a_huge_negative_variance);
  RUN(explosive_parameters_give_a_negative_variance);
  RUN(nan_passes_through);
  RUN(random_models_equal_the_dense_reference);
  return harness_finish();
}
