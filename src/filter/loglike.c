/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/loglike.h"

#include "filter/accuracy.h"
#include "filter/kalman.h"
#include "filter/part.h"
#include "filter/request.h"
#include "model/facts.h"
#include "model/spec.h"

#include <float.h>

/* Below this statsmodels may skip an observation. */
static const double SKIPPING_SIGMA2 = 1e-10;

/* Above this statsmodels' covariances may overflow. */
static const double LARGEST_VARIANCE = 1e100;

/*
 * kappa / sigma2 from which diffuse states say nothing of the shocks, and up to
 * which their rounding errors are small beside these.
 */
static const double LEAST_DIFFUSE = 1e3, MOST_DIFFUSE = 1e11;

/*
 * Ulps that each covariance may be off after a diffuse start: more than ten
 * times what `make law` finds, the largest of models with outliers right after
 * the start.
 */
static const double START_FACTOR = 16.0;

/*
 * How often its tolerance, times S^2, the covariance of a moving average that
 * has not settled still changes by: `make law` finds none that has settled
 * above a tenth.
 */
static const double STEADY_FACTOR = 10.0;

/*
 * Largest element of statsmodels' state covariances over sigma2, of the first
 * ones or after a gap.
 */
static double largest_variance(const sx_exact *exact, int32_t lane) {
  if (!exact->stationary || exact->kd > 0) {
    double growth = fmax(exact->diffuse_growth, sx_gap_growth(exact, lane));

    growth *= exact->stationary ? 1.0 : sx_explosive_growth(exact, lane);
    return fmax(exact->ik[lane], 1.0) * growth;
  }
  return exact->in_z ? exact->gamma[lane] : exact->ma_gamma[lane];
}

/*
 * statsmodels' filter carries rounding errors of eps times its largest
 * covariance, and of eps kappa_L times gamma_0 in a stationary start (kappa_L:
 * the condition of its Lyapunov equation, about the variance of the
 * autoregression alone). When its steady state acts, its covariance differs by
 * sqrt(tolerance) at most. Both go through the filter twice, where they count
 * S = sum |pi_j| times:
 *
 *   eps S^2 (P_max / sigma2 + gamma_0 kappa_L),   S^2 sqrt(tolerance) / sigma2
 *
 * Neither law is a proven bound; tests/exact/test_auto.py holds both to half of
 * the promise on random models, and prints how much of it they use.
 */
sx_distance sx_variance_distance(const sx_exact *exact, int32_t lane,
                                 double sensitivity) {
  const sx_model *model = exact->model;
  double weight = sensitivity * sensitivity;
  double lyapunov =
      exact->in_z ? exact->gamma[lane] * exact->ar_variance[lane] : 0.0;
  double variance = largest_variance(exact, lane) + lyapunov;
  double sigma2 = exact->sigma2[lane];
  sx_distance distance = {DBL_EPSILON * weight * variance, 0.0};

  if (model->spec.initial_variance < 0.0 || sigma2 < SKIPPING_SIGMA2 ||
      sigma2 * fmax(variance, 1.0) > LARGEST_VARIANCE) {
    distance.rounding = INFINITY;
  }
  if (sx_time_invariant(model)) {
    distance.steady = weight * sqrt(model->spec.tolerance) / sigma2;
  }
  return distance;
}

/*
 * What an outlier adds to Q, if it comes right after the first values: the
 * variances there have lost more digits than on average, the more the higher
 * the order of differencing. Of a Q beyond 2 n all may be of one outlier; with
 * three differences a smaller one is enough. The factors are no bounds:
 * `make law` prints what random models ask of them, and
 * tests/exact/test_auto.py and the fuzzer's corpus have what set them.
 */
static double outlier(const sx_exact *exact, double n, double Q) {
  int32_t order = exact->diff + exact->seasonal_diff;

  if (exact->diff > 2) {
    return 99.0 * Q;
  }
  return (order > 2 ? 49.0 : order == 2 ? 19.0 : 0.0) * fmax(Q - 2.0 * n, 0.0);
}

/*
 * Whether the only large covariances are those of the diffuse states in the
 * first kd periods, each of which sees one of them, and sx_start_weight can say
 * what they do: none of these periods may say anything of the moving average,
 * be it by a small kappa or a large value; the recursion must have run on what
 * follows them for as long as the filter takes to settle; and the likelihood
 * must count that.
 */
static int starts_diffuse(const sx_exact *exact, int32_t lane, double scale) {
  return exact->stationary && exact->p == 0 && exact->kd > 0 &&
         exact->diff <= 1 && exact->seasonal_diff <= 1 && exact->k_gaps == 0 &&
         exact->burn <= exact->kd && exact->ik[lane] >= LEAST_DIFFUSE &&
         exact->ik[lane] <= MOST_DIFFUSE &&
         sx_exact_observed(exact, lane) >= 2 * exact->kd + exact->q &&
         exact->largest[lane] <= exact->ik[lane] * sqrt(scale);
}

/*
 * What its variances add to the error of statsmodels' value, given
 * starts_diffuse: those of the start, eps kappa, weigh what is next to it
 * alone; later ones are no larger than the moving average's. It has no steady
 * state if its covariance still moves at the end, by S at most less than ever.
 */
static sx_distance start_distance(const sx_exact *exact, int32_t lane,
                                  double scale, double count,
                                  const sx_distance *everywhere, double S) {
  const sx_model *model = exact->model;
  double weight = sx_start_weight(exact, lane, scale);
  double change = exact->sigma2[lane] * sx_next_change(exact, lane);
  sx_distance found = {DBL_EPSILON * (START_FACTOR * exact->ik[lane] * weight +
                                      count * S * S * exact->ma_gamma[lane]),
                       count * everywhere->steady};

  if (change > STEADY_FACTOR * S * S * sqrt(model->spec.tolerance)) {
    found.steady = 0.0;
  }
  return found;
}

static sx_reason reason_of(sx_distance distance, double data, double limit) {
  if (!(distance.rounding + data <= limit)) {
    return SX_REASON_ROUNDING;
  }
  return distance.rounding + data + distance.steady <= limit ? SX_REASON_NONE
                                                             : SX_REASON_STEADY;
}

/*
 * With Q = sum v^2 / (F sigma2), an error of the variances counts n + Q times;
 * and there is the rounding of the data, and of the sum:
 *
 *   eps (S sqrt(n Q) max |y| / sigma + Q)
 */
sx_reason sx_loglike_distance(const sx_exact *exact, int32_t lane,
                              const sx_exact_result *result) {
  double n = (double)sx_exact_observed(exact, lane);
  double scale = result->scale * exact->sigma2[lane];
  double Q = result->squares / scale;
  double limit = SX_AUTO_DISTANCE * fmax(1.0, fabs(result->loglike) / 1000.0);
  double S = result->sensitivity;
  double data =
      DBL_EPSILON * (S * sqrt(n * Q / scale) * exact->largest[lane] + Q);
  sx_distance one = sx_variance_distance(exact, lane, S);
  sx_distance all = {(n + Q + outlier(exact, n, Q)) * one.rounding,
                     (n + Q) * one.steady};
  sx_reason reason = reason_of(all, data, limit);

  if (reason == SX_REASON_NONE || !isfinite(one.rounding) ||
      !starts_diffuse(exact, lane, scale)) {
    return reason;
  }
  return reason_of(start_distance(exact, lane, scale, n + Q, &one, S), data,
                   limit);
}

sx_status sx_loglike_plan(const sx_model *model, const sx_series *series,
                          const sx_loglike_request *request,
                          size_t *work_size) {
  size_t exact_size = 0, filter_size = 0;
  sx_status status = SX_OK;

  if (request->engine != SX_ENGINE_EXACT) {
    status = sx_filter_plan(model, &filter_size);
  }
  if (status == SX_OK && request->engine != SX_ENGINE_IDENTICAL) {
    status = sx_request_plan(model, series, request, &exact_size);
  }
  *work_size = exact_size > filter_size ? exact_size : filter_size;
  return status;
}

/* The identical engine, for the numbers that have a reason. */
static sx_status run_identical(const sx_model *model, const sx_series *series,
                               const double *params, void *work,
                               size_t work_size, sx_loglike_output *out) {
  sx_filter_output filter = {0};
  sx_status status = sx_filter(model, series, params, work, work_size, &filter);

  out->engine = SX_ENGINE_IDENTICAL;
  out->loglike = filter.loglike;
  out->nobs_skipped = filter.nobs_skipped;
  return status;
}

/* What the exact engine did not do; the first error or the worst warning. */
static sx_status finish(const sx_model *model, const sx_series *series,
                        const sx_loglike_request *request, void *work,
                        size_t work_size, sx_loglike_output *out) {
  sx_status found = SX_OK;

  for (int64_t i = 0; i < request->count; i++) {
    out[i].status = SX_OK;
    if (out[i].reason != SX_REASON_NONE) {
      out[i].status =
          request->engine == SX_ENGINE_EXACT
              ? SX_E_EXACT
              : run_identical(model, series + (request->each_series ? i : 0),
                              sx_request_params(model, request, i), work,
                              work_size, &out[i]);
    }
    if (out[i].status == SX_E_INTERRUPTED) {
      return SX_E_INTERRUPTED;
    }
    if (found >= 0 && (out[i].status < 0 || out[i].status > found)) {
      found = out[i].status;
    }
  }
  return found;
}

sx_status sx_loglike(const sx_model *model, const sx_series *series,
                     const sx_loglike_request *request, void *work,
                     size_t work_size, sx_loglike_output *out) {
  sx_status status = SX_OK;

  if (request->engine == SX_ENGINE_IDENTICAL) {
    for (int64_t i = 0; i < request->count; i++) {
      out[i].reason = SX_REASON_ASKED;
    }
  } else {
    status = sx_request_run(model, series, request, work, work_size, out);
  }
  return status == SX_OK ? finish(model, series, request, work, work_size, out)
                         : status;
}
