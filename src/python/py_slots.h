/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of the arrays of a state space model, its filter and its smoother. */
#ifndef SX_PYTHON_PY_SLOTS_H
#define SX_PYTHON_PY_SLOTS_H

#include "sarimax_c_statespace.h"

#include <stddef.h>

/* How many numbers a period has. */
typedef enum sx_extent {
  ONE,
  STATES,
  STATES_SQUARED,
  POSDEF,
  POSDEF_SQUARED,
  SELECTION
} sx_extent;

/* An array and where the core wants it; by its offset in a struct. */
typedef struct sx_slot {
  const char *name;
  size_t offset;
  sx_extent extent;
  int beyond; /* periods after the last observation */
} sx_slot;

static const sx_slot SYSTEM_SLOTS[] = {
    {"design", offsetof(sx_system, design), STATES, 0},
    {"obs_intercept", offsetof(sx_system, obs_intercept), ONE, 0},
    {"obs_cov", offsetof(sx_system, obs_cov), ONE, 0},
    {"transition", offsetof(sx_system, transition), STATES_SQUARED, 0},
    {"state_intercept", offsetof(sx_system, state_intercept), STATES, 0},
    {"selection", offsetof(sx_system, selection), SELECTION, 0},
    {"state_cov", offsetof(sx_system, state_cov), POSDEF_SQUARED, 0}};

#define RECORD(name, extent, beyond)                                           \
  {#name, offsetof(sx_system_filtered, name), extent, beyond}

static const sx_slot RECORD_SLOTS[] = {
    RECORD(forecast, ONE, 0),
    RECORD(forecast_error, ONE, 0),
    RECORD(forecast_error_cov, ONE, 0),
    RECORD(standardized_forecast_error, ONE, 0),
    RECORD(loglikelihood, ONE, 0),
    RECORD(scale, ONE, 0),
    RECORD(filtered_state, STATES, 0),
    RECORD(filtered_state_cov, STATES_SQUARED, 0),
    RECORD(predicted_state, STATES, 1),
    RECORD(predicted_state_cov, STATES_SQUARED, 1),
    RECORD(kalman_gain, STATES, 0),
    RECORD(tmp1, STATES, 0),
    RECORD(tmp2, ONE, 0),
    RECORD(tmp3, STATES, 0),
    RECORD(tmp4, ONE, 0),
    RECORD(M, STATES, 0),
    RECORD(M_inf, STATES, 0),
    RECORD(forecast_error_diffuse_cov, ONE, 0),
    RECORD(predicted_diffuse_state_cov, STATES_SQUARED, 1)};

/* Two periods each. */
static const sx_slot LAST_SLOTS[] = {
    RECORD(last_state, STATES, 0), RECORD(last_state_cov, STATES_SQUARED, 0),
    RECORD(last_diffuse_state_cov, STATES_SQUARED, 0)};

#define PASSED(name, extent, beyond)                                           \
  {#name, offsetof(sx_system_passed, name), extent, beyond}

static const sx_slot PASSED_SLOTS[] = {
    PASSED(predicted_state, STATES, 1),
    PASSED(predicted_state_cov, STATES_SQUARED, 1),
    PASSED(kalman_gain, STATES, 0),
    PASSED(forecast_error, ONE, 0),
    PASSED(forecast_error_cov, ONE, 0),
    PASSED(M, STATES, 0),
    PASSED(M_inf, STATES, 0),
    PASSED(forecast_error_diffuse_cov, ONE, 0),
    PASSED(predicted_diffuse_state_cov, STATES_SQUARED, 1)};

/* Of these the last four are of diffuse periods. */
enum { ALWAYS_PASSED = 5 };

#define SMOOTHED(name, extent, beyond)                                         \
  {#name, offsetof(sx_system_smoothed, name), extent, beyond}

static const sx_slot SMOOTHED_SLOTS[] = {
    SMOOTHED(scaled_smoothed_estimator, STATES, 1),
    SMOOTHED(smoothing_error, ONE, 0),
    SMOOTHED(smoothed_state, STATES, 0),
    SMOOTHED(smoothed_measurement_disturbance, ONE, 0),
    SMOOTHED(smoothed_state_disturbance, POSDEF, 0),
    SMOOTHED(scaled_smoothed_estimator_cov, STATES_SQUARED, 1),
    SMOOTHED(smoothed_state_cov, STATES_SQUARED, 0),
    SMOOTHED(smoothed_state_autocov, STATES_SQUARED, 0),
    SMOOTHED(smoothed_measurement_disturbance_cov, ONE, 0),
    SMOOTHED(smoothed_state_disturbance_cov, POSDEF_SQUARED, 0),
    SMOOTHED(innovations_transition, STATES_SQUARED, 0),
    SMOOTHED(scaled_smoothed_diffuse_estimator, STATES, 1),
    SMOOTHED(scaled_smoothed_diffuse1_estimator_cov, STATES_SQUARED, 1),
    SMOOTHED(scaled_smoothed_diffuse2_estimator_cov, STATES_SQUARED, 1)};

#define COUNT(slots) (sizeof(slots) / sizeof(*(slots)))

#endif
