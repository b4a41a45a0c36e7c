/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected matrices: statsmodels 0.15, m = SARIMAX(y, options), m.update(p),
 * m.ssm["transition"], m.ssm["selection"]; and those of dense.h.
 */
#include "model/statespace.h"

#include "dense.h"
#include "randoms.h"

/* A built structure and the memory of its arrays. */
typedef struct built {
  sx_params params;
  sx_statespace ss;
  void *memory;
} built;

static built build(const sx_model *model, const double *vector) {
  sx_arena arena = sx_arena_measure();
  built result;
  size_t size;

  sx_params_layout(model, &arena, &result.params);
  sx_statespace_layout(model, &arena, &result.ss);
  size = sx_arena_used(&arena);
  result.memory = malloc(size);
  if (result.memory == NULL) {
    abort();
  }
  arena = sx_arena_bind(result.memory, size);
  sx_params_layout(model, &arena, &result.params);
  sx_statespace_layout(model, &arena, &result.ss);
  CHECK(!sx_arena_failed(&arena));
  sx_params_unpack(model, vector, &result.params);
  sx_statespace_build(model, &result.params, &result.ss);
  return result;
}

/*
 * Column j of T, (k_states,). Sources may lie one state beyond the last, which
 * is always zero.
 */
static void transition_column(const sx_statespace *ss, int j, double *column) {
  for (int g = 0; g < ss->k_segments; g++) {
    sx_segment segment = ss->segments[g];

    for (int i = segment.begin; i < segment.end; i++) {
      column[i] = segment.source + (i - segment.begin) == j ? 1.0 : 0.0;
      column[i] += j == ss->arma ? ss->phi[i] : 0.0;
    }
  }
  for (int k = 0; k < ss->k_special; k++) {
    column[ss->special[k]] = 0.0;
    for (int e = ss->special_start[k]; e < ss->special_start[k + 1]; e++) {
      if (ss->design[ss->special_term[e]] == j) {
        column[ss->special[k]] += 1.0;
      }
    }
  }
}

static double selection_of(const sx_statespace *ss, int row) {
  double value = 0.0;

  for (int k = 0; k < ss->k_shocks; k++) {
    value += ss->shocks[k].row == row ? ss->shocks[k].value : 0.0;
  }
  return value;
}

/* Segments and special rows together list every row exactly once, in order. */
static void check_rows(const sx_model *model, const sx_statespace *ss) {
  int owners[DENSE_MAX] = {0};

  CHECK((size_t)ss->k_special == sx_statespace_special(model));
  CHECK((size_t)ss->k_design == sx_statespace_design(model));
  CHECK(ss->k_segments <= ss->k_states);
  for (int g = 0; g < ss->k_segments; g++) {
    CHECK(ss->segments[g].begin < ss->segments[g].end);
    CHECK(g == 0 || ss->segments[g].begin >= ss->segments[g - 1].end);
    for (int i = ss->segments[g].begin; i < ss->segments[g].end; i++) {
      owners[i]++;
    }
  }
  for (int k = 0; k < ss->k_special; k++) {
    owners[ss->special[k]]++;
    CHECK(k == 0 || ss->special[k] > ss->special[k - 1]);
    CHECK(ss->special_start[k] + 1 < ss->special_start[k + 1]);
    for (int e = ss->special_start[k]; e + 1 < ss->special_start[k + 1]; e++) {
      CHECK(ss->special_term[e] < ss->special_term[e + 1]);
    }
  }
  for (int i = 0; i < ss->k_states; i++) {
    CHECK(owners[i] == 1);
  }
}

/* has_ar says whether a row has phi; vectors may read past the last. */
static void check_phi(const sx_statespace *ss) {
  int found = 0;

  for (int g = 0; g < ss->k_segments; g++) {
    int here = 0;

    for (int i = ss->segments[g].begin; i < ss->segments[g].end; i++) {
      here |= ss->phi[i] != 0.0;
    }
    CHECK(here == ss->segments[g].has_ar);
    found |= here;
  }
  CHECK(found == ss->has_ar);
  for (int i = 0; i < SX_STATE_PAD; i++) {
    CHECK(ss->phi[ss->k_states + i] == 0.0);
  }
}

/* A shocked row lies in a segment that copies its source. */
static void check_shocked(const sx_statespace *ss) {
  for (int k = 0; k < ss->k_shocks; k++) {
    sx_shock copy = ss->shocks[k];
    int found = 0;

    CHECK(k == 0 || copy.row > ss->shocks[k - 1].row);
    for (int g = 0; g < ss->k_segments; g++) {
      sx_segment segment = ss->segments[g];

      found += copy.row >= segment.begin && copy.row < segment.end &&
               copy.source == segment.source + (copy.row - segment.begin);
    }
    CHECK(found == 1);
  }
}

static void check_against_dense(const sx_model *model, const double *vector) {
  static dense_system sys;
  built result = build(model, vector);
  double design[DENSE_MAX] = {0.0};
  double column[DENSE_MAX];

  dense_build(model, vector, &sys);
  CHECK(result.ss.k_states == sys.m && result.ss.arma == sys.arma);
  CHECK(result.ss.state_cov == (double)sys.Q);
  CHECK(result.ss.obs_cov == (double)sys.H);
  check_rows(model, &result.ss);
  check_shocked(&result.ss);
  check_phi(&result.ss);
  for (int z = 0; z < result.ss.k_design; z++) {
    CHECK(z == 0 || result.ss.design[z] > result.ss.design[z - 1]);
    design[result.ss.design[z]] += 1.0;
  }
  for (int j = 0; j < sys.m; j++) {
    CHECK(design[j] == (double)sys.Z[j]);
    CHECK_CLOSE(selection_of(&result.ss, j), (double)sys.R[j], 1e-15, 0);
    transition_column(&result.ss, j, column);
    for (int i = 0; i < sys.m; i++) {
      CHECK_CLOSE(column[i], (double)sys.T[i][j], 1e-15, 0);
    }
  }
  free(result.memory);
}

/* order=(1, 2, 1), seasonal_order=(0, 3, 0, 2): block 1 does not see block 3.
 */
static const double D3_PARAMS[] = {0.5, 0.25, 2.0};
static const double D3_SELECTION[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0.25};
static const double D3_TRANSITION[10][10] = {
    {1, 1, 0, 1, 0, 1, 0, 1, 1, 0},   {0, 1, 0, 1, 0, 1, 0, 1, 1, 0},
    {0, 0, 0, 1, 0, 1, 0, 0, 1, 0},   {0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 1, 0, 1, 1, 0},   {0, 0, 0, 0, 1, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 0, 1, 1, 0},   {0, 0, 0, 0, 0, 0, 1, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 0, 0, 0.5, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};

static void three_seasonal_differences_as_statsmodels(void) {
  sx_spec spec = seasonal(order(1, 2, 1), 0, 3, 0, 2);
  sx_model model = model_of(&spec);
  built result = build(&model, D3_PARAMS);
  const int32_t design[] = {0, 1, 3, 5, 7, 8};
  double column[DENSE_MAX];

  CHECK(result.ss.k_states == 10 && result.ss.k_design == 6);
  for (int z = 0; z < 6; z++) {
    CHECK(result.ss.design[z] == design[z]);
  }
  for (int j = 0; j < 10; j++) {
    CHECK(selection_of(&result.ss, j) == D3_SELECTION[j]);
    transition_column(&result.ss, j, column);
    for (int i = 0; i < 10; i++) {
      CHECK(column[i] == D3_TRANSITION[i][j]);
    }
  }
  CHECK(result.ss.state_cov == 2.0 && result.ss.obs_cov == 0.0);
  CHECK(result.ss.arma == 8);
  free(result.memory);
}

/* The dense reference itself, against the same matrices. */
static void the_reference_is_that_of_statsmodels(void) {
  static dense_system sys;
  sx_spec spec = seasonal(order(1, 2, 1), 0, 3, 0, 2);
  sx_model model = model_of(&spec);

  dense_build(&model, D3_PARAMS, &sys);
  CHECK(sys.m == 10);
  for (int i = 0; i < 10; i++) {
    CHECK((double)sys.R[i] == D3_SELECTION[i]);
    for (int j = 0; j < 10; j++) {
      CHECK((double)sys.T[i][j] == D3_TRANSITION[i][j]);
    }
  }
}

/*
 * order=([1, 3], 0, [2]), seasonal_order=(1, 0, 1, 4): seven states, the first
 * column of T and R below. All rows are copies, most with phi.
 */
static void gaps_between_lags(void) {
  const double vector[] = {0.5, -0.25, 0.75, 0.5, -0.5, 2.0};
  const double phi[] = {0.5, 0, -0.25, 0.5, -0.25, 0, 0.125};
  const double theta[] = {1, 0, 0.75, 0, -0.5, 0, -0.375};
  sx_spec spec = seasonal(order(0, 0, 0), 1, 0, 1, 4);
  sx_model model;
  built result;
  double column[DENSE_MAX];

  spec.ar = (sx_lags){2, LAGS_1_3};
  spec.ma = (sx_lags){1, LAG_2};
  model = model_of(&spec);
  result = build(&model, vector);
  CHECK(result.ss.k_states == 7 && result.ss.k_special == 0);
  transition_column(&result.ss, 0, column);
  for (int i = 0; i < 7; i++) {
    CHECK(column[i] == phi[i]);
    CHECK(selection_of(&result.ss, i) == theta[i]);
  }
  check_against_dense(&model, vector);
  free(result.memory);
}

static void random_models_equal_the_dense_reference(void) {
  for (uint64_t number = 0; number < 200; number++) {
    random_case c;

    random_make(number, &c);
    check_against_dense(&c.model, c.params);
  }
}

static void differences_stay_out_with_simple_differencing(void) {
  sx_spec spec = seasonal(order(2, 1, 1), 0, 1, 1, 3);
  const double vector[] = {0.5, 0.25, 0.125, -0.5, 1.0};
  sx_model model;
  built result;

  spec.flags |= SX_SIMPLE_DIFFERENCING;
  model = model_of(&spec);
  check_against_dense(&model, vector);
  result = build(&model, vector);
  CHECK(result.ss.k_design == 1 && result.ss.design[0] == 0);
  free(result.memory);
}

/* Coefficients that are zero at run time. */
static void zero_coefficients(void) {
  sx_spec spec = order(3, 0, 3);
  const double vector[] = {0, 0.5, 0, 0, 0, 0.25, 1.0};
  const double nothing[] = {0, 0, 0, 0, 0, 0, 1.0};
  sx_model model = model_of(&spec);

  check_against_dense(&model, vector);
  check_against_dense(&model, nothing);
}

static void variances(void) {
  sx_spec spec = order(1, 0, 0);
  const double vector[] = {0.5, 0.75};
  sx_model model;
  built result;

  spec.flags |= SX_MEASUREMENT_ERROR | SX_CONCENTRATE_SCALE;
  model = model_of(&spec);
  result = build(&model, vector);
  CHECK(result.ss.state_cov == 1.0 && result.ss.obs_cov == 0.75);
  free(result.memory);
}

int main(void) {
  RUN(three_seasonal_differences_as_statsmodels);
  RUN(the_reference_is_that_of_statsmodels);
  RUN(gaps_between_lags);
  RUN(random_models_equal_the_dense_reference);
  RUN(differences_stay_out_with_simple_differencing);
  RUN(zero_coefficients);
  RUN(variances);
  return harness_finish();
}
