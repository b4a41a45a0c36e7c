/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/request.h"

#include "filter/loglike.h"
#include "filter/part.h"
#include "model/facts.h"
#include "model/spec.h"

#include <string.h>

/* Periods times q* up to which the history of a run is kept: 1 MB. */
enum { MOST_HISTORY = 1 << 17 };

/*
 * Time of lanes that follow one run of covariances, of that of others
 * (`make constants`, eight lanes).
 */
static const double FOLLOWING_TIME = 0.85;

/* The exact engine for a request. */
typedef struct runner {
  sx_exact exact;
  int64_t nobs;  /* of the longest series */
  int groups;    /* vectors with one moving average may run together */
  int shares;    /* one parameter vector for many series: covariances once */
  sx_exact lead; /* then of one lane, whose history the others replay */
} runner;

/* The longest series of a request; whether the others are as long. */
static const sx_series *longest_of(const sx_series *series,
                                   const sx_loglike_request *request,
                                   int *equal) {
  const sx_series *longest = series;
  int64_t most = sx_facts_of(series).last;

  *equal = 1;
  for (int64_t i = 1; request->each_series && i < request->count; i++) {
    int64_t last = sx_facts_of(series + i).last;

    *equal = *equal && last == most;
    if (last > most) {
      most = last;
      longest = series + i;
    }
  }
  return longest;
}

/* Bytes of the first block of one lane. */
static size_t lane_size(const sx_exact *exact) {
  return (size_t)exact->c * (size_t)exact->c * sizeof(double);
}

/* Sets the lanes for numbers `first` and on of a request. */
static void choose_lanes(sx_exact *exact, const sx_loglike_request *request,
                         int64_t first) {
  int64_t left = request->count - first;

  exact->width = 1;
  if (left > 1) {
    sx_exact_time(exact->model->simd, left, lane_size(exact), &exact->width);
  }
}

/* The number of a request, after `first`, at which fewer lanes may do. */
static int64_t last_in_lanes(const sx_exact *exact,
                             const sx_loglike_request *request, int64_t first) {
  int64_t left = request->count - first;

  return left <= exact->width ? request->count
                              : first + left / exact->width * exact->width;
}

/*
 * Shape of the exact engine for a request; `equal` says whether all its series
 * are as long as this one.
 */
static sx_reason cover(const sx_model *model, const sx_series *longest,
                       int equal, const sx_loglike_request *request,
                       runner *run) {
  sx_exact *exact = &run->exact;
  sx_reason reason = sx_exact_cover(model, longest, 1, exact);

  run->nobs = exact->nobs;
  choose_lanes(exact, request, 0);
  exact->each_series = request->each_series;
  run->shares = reason == SX_REASON_NONE && request->shared_params &&
                request->each_series && equal && exact->columns == 1 &&
                exact->width > 1 && request->count > 2 * exact->width &&
                exact->nobs * exact->q <= MOST_HISTORY;
  run->groups = reason == SX_REASON_NONE && !request->shared_params &&
                !request->each_series && exact->columns == 1 &&
                exact->width > 1 && request->count > exact->width &&
                exact->burn <= exact->c && exact->q > 0 &&
                exact->nobs * exact->q <= MOST_HISTORY;
  return reason;
}

/* An engine of one lane, whose history others follow. */
static void layout_lead(sx_arena *arena, const sx_series *series, runner *run) {
  sx_exact_cover(run->exact.model, series, 1, &run->lead);
  sx_exact_layout(arena, &run->lead);
  sx_exact_layout_history(arena, &run->lead.num);
  sx_exact_layout_history(arena, &run->lead.den);
}

static void layout_shared(sx_arena *arena, const sx_series *series,
                          runner *run) {
  sx_exact_layout(arena, &run->exact);
  layout_lead(arena, series, run);
}

/* A request whose vectors are in another order. */
typedef struct sorted {
  int64_t *order;         /* (count,) */
  double *params;         /* (count, k_params) */
  sx_loglike_output *out; /* (count,) */
} sorted;

static void layout_groups(sx_arena *arena, const sx_series *series,
                          const sx_loglike_request *request, runner *run,
                          sorted *by_group) {
  size_t count = (size_t)request->count;

  by_group->order = sx_arena_take(arena, count, sizeof(int64_t));
  by_group->params =
      sx_arena_doubles(arena, count * (size_t)run->exact.model->k_params);
  by_group->out = sx_arena_take(arena, count, sizeof(sx_loglike_output));
  layout_lead(arena, series, run);
}

/* Bytes for all numbers in their lanes. */
static sx_status plan_lanes(const sx_loglike_request *request, runner *run,
                            size_t *size) {
  sx_status status = SX_OK;
  int64_t first = 0;

  do {
    sx_arena arena = sx_arena_measure();
    size_t part = 0;

    choose_lanes(&run->exact, request, first);
    first = last_in_lanes(&run->exact, request, first);
    sx_exact_layout(&arena, &run->exact);
    status = sx_arena_plan(&arena, &part);
    *size = part > *size ? part : *size;
  } while (first < request->count && status == SX_OK);
  return status;
}

sx_status sx_request_plan(const sx_model *model, const sx_series *series,
                          const sx_loglike_request *request, size_t *size) {
  sx_arena arena = sx_arena_measure();
  sorted by_group;
  runner run;

  if (cover(model, series, 1, request, &run) == SX_REASON_NONE) {
    if (run.shares) {
      layout_shared(&arena, series, &run);
    } else if (run.groups) {
      layout_groups(&arena, series, request, &run, &by_group);
      run.exact.width = sx_exact_widest(model->simd, lane_size(&run.exact));
      sx_exact_layout(&arena, &run.exact);
    } else {
      return plan_lanes(request, &run, size);
    }
  }
  return sx_arena_plan(&arena, size);
}

/* What the kernel has found for the numbers that have no reason yet. */
static void read_lanes(const sx_exact *exact, const sx_part *now,
                       sx_loglike_output *out) {
  sx_exact_result result;

  for (int32_t l = 0; l < now->count; l++) {
    if (out[l].reason != SX_REASON_NONE) {
      continue;
    }
    out[l].reason = sx_exact_result_of(
        exact, l, sx_request_params(exact->model, now->request, now->first + l),
        &result);
    if (out[l].reason == SX_REASON_NONE &&
        now->request->engine == SX_ENGINE_AUTO) {
      out[l].reason = sx_loglike_distance(exact, l, &result);
    }
    out[l].loglike = result.loglike;
    out[l].nobs_skipped = 0;
    out[l].engine = SX_ENGINE_EXACT;
  }
}

/* Numbers `begin` and on in full; sets engine, reason and exact values. */
static sx_status run_from(sx_exact *exact, const sx_series *series,
                          const sx_loglike_request *request, int64_t begin,
                          sx_loglike_output *out) {
  sx_part now = {request, 0, 0};

  for (int64_t first = begin; first < request->count; first += exact->width) {
    int loaded;

    sx_part_take(exact, first, &now);
    if (first == begin || request->each_series) {
      sx_exact_bind(exact, series + (request->each_series ? first : 0),
                    now.count);
    }
    loaded = sx_part_load(exact, &now, out + first);
    if (loaded) {
      sx_exact_run_lanes(exact);
    }
    if (exact->counter.stopped) {
      return SX_E_INTERRUPTED;
    }
    if (loaded) {
      read_lanes(exact, &now, out + first);
    }
  }
  return SX_OK;
}

/*
 * All numbers in full, the first ones in the lanes that are chosen, the last
 * ones in as many as they need.
 *   lead: for vectors with one moving average, else NULL
 */
static sx_status run_lanes(runner *run, const sx_series *series,
                           const sx_loglike_request *request, sx_arena work,
                           sx_schur *lead, sx_loglike_output *out) {
  sx_loglike_request some = *request;
  sx_status status = SX_OK;

  run->exact.lead = lead;
  for (int64_t first = 0; first < request->count && status == SX_OK;
       first = some.count) {
    sx_arena arena = work;

    some.count = last_in_lanes(&run->exact, request, first);
    run->exact.nobs = run->nobs;
    sx_exact_layout(&arena, &run->exact);
    status = sx_arena_failed(&arena)
                 ? SX_E_WORKSPACE
                 : run_from(&run->exact, series, &some, first, out);
    if (some.count < request->count) {
      choose_lanes(&run->exact, request, some.count);
    }
  }
  return status;
}

/*
 * The first series alone, for its history; the next ones in full, for the
 * covariances in their lanes; the others replay them.
 */
static sx_status run_shared(runner *run, const sx_series *series,
                            const sx_loglike_request *request,
                            sx_loglike_output *out) {
  sx_exact *exact = &run->exact;
  sx_loglike_request start = *request;
  sx_part now = {request, 0, 0};

  start.count = 1;
  if (run_from(&run->lead, series, &start, 0, out) < 0) {
    return SX_E_INTERRUPTED;
  }
  start.count = 1 + exact->width;
  if (run_from(exact, series, &start, 1, out) < 0) {
    return SX_E_INTERRUPTED;
  }
  exact->num.shared = run->lead.num.history;
  exact->num.shared_ld = run->lead.num.history_ld;
  exact->den.shared = run->lead.den.history;
  exact->den.shared_ld = run->lead.den.history_ld;
  for (int64_t first = start.count; first < request->count;
       first += exact->width) {
    sx_part_take(exact, first, &now);
    sx_exact_bind(exact, series + first, now.count);
    for (int32_t l = 0; l < exact->width; l++) {
      sx_exact_load_data(exact, l);
    }
    sx_exact_replay_lanes(exact);
    read_lanes(exact, &now, out + first);
  }
  return SX_OK;
}

/* Whether numbers are the same, bit for bit. */
static int same_bits(const double *a, const double *b, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    if (((sx_double_bits){a[i]}).bits != ((sx_double_bits){b[i]}).bits) {
      return 0;
    }
  }
  return 1;
}

/* Whether two vectors have the same moving average. */
static int have_same_ma(const sx_model *model, const double *a,
                        const double *b) {
  return same_bits(a + model->offset_ma, b + model->offset_ma,
                   model->spec.ma.count) &&
         same_bits(a + model->offset_seasonal_ma, b + model->offset_seasonal_ma,
                   model->spec.seasonal_ma.count);
}

/*
 * Fills `order`: first the vectors with the moving average of vector 0, whose
 * number this returns, then the others.
 */
static int64_t sort_vectors(const sx_model *model,
                            const sx_loglike_request *request, int64_t *order) {
  int64_t alike = 0, others = request->count;

  for (int64_t i = 0; i < request->count; i++) {
    if (have_same_ma(model, request->params,
                     sx_request_params(model, request, i))) {
      order[alike++] = i;
    } else {
      order[--others] = i;
    }
  }
  return alike;
}

/*
 * Whether it takes less time to run so many of the vectors together, and the
 * others for themselves.
 */
static int grouping_pays(const sx_exact *exact, int64_t count, int64_t alike) {
  sx_simd level = exact->model->simd;
  size_t size = lane_size(exact);
  int32_t width = 1, alike_width = 1;
  double all = (double)sx_exact_time(level, count, size, &width);
  double together =
      (double)sx_exact_time(level, alike, size, &alike_width) * FOLLOWING_TIME;

  return alike_width > 1 &&
         together + (double)sx_exact_time(level, count - alike, size, &width) <
             all;
}

/* All numbers, those together that have one moving average. */
static sx_status run_groups(runner *run, const sx_series *series,
                            const sx_loglike_request *request, sx_arena work,
                            sx_loglike_output *out) {
  const sx_model *model = run->exact.model;
  size_t k = (size_t)model->k_params;
  sx_loglike_request some = *request;
  sx_status status;
  int64_t alike;
  sorted by_group;
  sx_arena arena = work;

  layout_groups(&arena, series, request, run, &by_group);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  alike = sort_vectors(model, request, by_group.order);
  if (!grouping_pays(&run->exact, request->count, alike)) {
    return run_lanes(run, series, request, arena, NULL, out);
  }
  for (int64_t i = 0; i < request->count; i++) {
    memcpy(by_group.params + (size_t)i * k,
           sx_request_params(model, request, by_group.order[i]),
           k * sizeof(double));
    by_group.out[i] = out[by_group.order[i]];
  }
  some.params = by_group.params;
  some.count = alike;
  choose_lanes(&run->exact, &some, 0);
  status = run_lanes(run, series, &some, arena, &run->lead.num, by_group.out);
  some.params += (size_t)alike * k;
  some.count = request->count - alike;
  if (status == SX_OK) {
    choose_lanes(&run->exact, &some, 0);
    status = run_lanes(run, series, &some, arena, NULL, by_group.out + alike);
  }
  for (int64_t i = 0; i < request->count; i++) {
    out[by_group.order[i]] = by_group.out[i];
  }
  return status;
}

/* Whether the parameters are such that the exact engine runs on them. */
static int loads(sx_exact *exact, const sx_series *series, const double *params,
                 sx_loglike_output *out) {
  sx_exact_bind(exact, series, 1);
  out->reason = sx_exact_load(exact, 0, params);
  return out->reason == SX_REASON_NONE;
}

sx_status sx_request_run(const sx_model *model, const sx_series *series,
                         const sx_loglike_request *request, void *work,
                         size_t work_size, sx_loglike_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  runner run;
  int equal;
  const sx_series *longest = longest_of(series, request, &equal);
  sx_reason reason = cover(model, longest, equal, request, &run);

  for (int64_t i = 0; i < request->count; i++) {
    out[i].reason = reason;
  }
  if (reason != SX_REASON_NONE) {
    return SX_OK;
  }
  if (run.shares) {
    sx_arena shared = arena;

    layout_shared(&shared, series, &run);
    if (sx_arena_failed(&shared)) {
      return SX_E_WORKSPACE;
    }
    if (loads(&run.lead, series, request->params, out)) {
      return run_shared(&run, series, request, out);
    }
  }
  return run.groups ? run_groups(&run, series, request, arena, out)
                    : run_lanes(&run, series, request, arena, NULL, out);
}
