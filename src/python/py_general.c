/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * _core.filter_system, loglike_complex, simulate_system, smooth_system: any
 * state space model.
 */
#include "python/py_general.h"

#include "base/compiler.h"
#include "python/py_interrupt.h"
#include "python/py_slots.h"
#include "sarimax_c_statespace.h"

/* Multiply-adds of a run that are worth releasing the GIL. */
static const double PAYS = 1e5;

/* ---- arrays ---- */

static int64_t extent_of(const sx_system *system, sx_extent extent) {
  int64_t m = system->k_states;
  int64_t r = system->k_posdef;

  switch (extent) {
  case STATES:
    return m;
  case STATES_SQUARED:
    return m * m;
  case POSDEF:
    return r;
  case POSDEF_SQUARED:
    return r * r;
  case SELECTION:
    return m * r;
  default:
    return 1;
  }
}

/* A column-major array of `type`; its data, or NULL with TypeError set. */
static void *read_array(PyObject *object, int type, const char *name,
                        int64_t *size) {
  if (object == NULL || !PyArray_Check(object) ||
      PyArray_TYPE((PyArrayObject *)object) != type ||
      !PyArray_IS_F_CONTIGUOUS((PyArrayObject *)object) ||
      !PyArray_ISBEHAVED_RO((PyArrayObject *)object)) {
    PyErr_Format(PyExc_TypeError, "%s must be a column-major array of its type",
                 name);
    return NULL;
  }
  *size = PyArray_SIZE((PyArrayObject *)object);
  return PyArray_DATA((PyArrayObject *)object);
}

static int raise_size(const char *name) {
  PyErr_Format(PyExc_TypeError, "%s has the wrong size", name);
  return -1;
}

/* (nobs, per) numbers of a type, or `per` that hold in all periods. */
static int read_periods(const sx_system *system, const sx_slot *slot, int type,
                        PyObject *object, sx_record *record) {
  int64_t per = extent_of(system, slot->extent);
  int64_t size;

  record->data = read_array(object, type, slot->name, &size);
  if (record->data == NULL) {
    return -1;
  }
  record->step = size == per ? 0 : type == NPY_CDOUBLE ? 2 * per : per;
  if (size != per && size != per * (system->nobs + slot->beyond)) {
    return raise_size(slot->name);
  }
  return 0;
}

/* `count` numbers of a type. */
static double *read_typed(PyObject *object, int type, const char *name,
                          int64_t count) {
  int64_t size;
  double *data = read_array(object, type, name, &size);

  if (data != NULL && size != count) {
    raise_size(name);
    return NULL;
  }
  return data;
}

static const double *read_exactly(PyObject *object, const char *name,
                                  int64_t count) {
  return read_typed(object, NPY_DOUBLE, name, count);
}

/*
 * The array of that name, NULL where there is none; -1 with MemoryError.
 * (PyDict_GetItemString takes one for the other.)
 */
static int find(PyObject *dict, const char *name, PyObject **found) {
  PyObject *key = PyUnicode_FromString(name);

  *found = key ? PyDict_GetItemWithError(dict, key) : NULL;
  Py_XDECREF(key);
  return *found == NULL && PyErr_Occurred() ? -1 : 0;
}

/* ---- the system ---- */

static int read_initial(PyObject *const *arrays, int type, sx_system *system) {
  int64_t m = system->k_states;

  system->initial_state = read_typed(arrays[0], type, "initial_state", m);
  if (system->initial_state == NULL) {
    return -1;
  }
  system->initial_state_cov =
      read_typed(arrays[1], type, "initial_state_cov", m * m);
  if (system->initial_state_cov == NULL) {
    return -1;
  }
  if (arrays[2] != Py_None) {
    system->initial_diffuse_state_cov =
        read_typed(arrays[2], type, "initial_diffuse_state_cov", m * m);
    return system->initial_diffuse_state_cov == NULL ? -1 : 0;
  }
  return 0;
}

/*
 * endog, the seven matrices, three of the start, tolerance, concentrated,
 * univariate. All arrays but endog are of `type`.
 */
static int read_system(PyObject *tuple, int type, sx_system *system) {
  PyObject *endog, *matrix[COUNT(SYSTEM_SLOTS)], *start[3];
  int64_t size;

  if (!PyArg_ParseTuple(tuple, "OOOOOOOOOOOdpp:system", &endog, &matrix[0],
                        &matrix[1], &matrix[2], &matrix[3], &matrix[4],
                        &matrix[5], &matrix[6], &start[0], &start[1], &start[2],
                        &system->tolerance, &system->concentrated,
                        &system->univariate)) {
    return -1;
  }
  system->endog = read_array(endog, NPY_DOUBLE, "endog", &system->nobs);
  if (system->endog == NULL ||
      read_array(matrix[5], type, "selection", &size) == NULL) {
    return -1;
  }
  if (PyArray_NDIM((PyArrayObject *)matrix[5]) != 3 || size > INT32_MAX) {
    return raise_size("selection");
  }
  system->k_states = (int32_t)PyArray_DIM((PyArrayObject *)matrix[5], 0);
  system->k_posdef = (int32_t)PyArray_DIM((PyArrayObject *)matrix[5], 1);
  for (size_t i = 0; i < COUNT(SYSTEM_SLOTS); i++) {
    const sx_slot *slot = &SYSTEM_SLOTS[i];
    sx_periods *periods = (sx_periods *)(void *)((char *)system + slot->offset);
    sx_record record;

    if (read_periods(system, slot, type, matrix[i], &record) < 0) {
      return -1;
    }
    *periods = (sx_periods){record.data, record.step};
  }
  return read_initial(start, type, system);
}

/* ---- running ---- */

/* Releases the GIL for long runs; `unlocked` outlives the run. */
static void unlock(sx_system *system, sx_unlocked *unlocked) {
  double states = (double)system->k_states;
  sx_series none = {0};

  system->interrupt =
      sx_unlock(&none, (double)system->nobs * states * states > PAYS, unlocked)
          ->interrupt;
}

/* A run of the core, and how to plan it. */
typedef struct sx_job {
  sx_status (*plan)(const sx_system *system, size_t *work_size);
  sx_status (*run)(const sx_system *system, void *work, size_t work_size,
                   void *context);
  void *context;
} sx_job;

/* Runs a job in a workspace of its own, maybe without the GIL; -1: raised. */
static int run_job(PyObject *module, sx_system *system, const sx_job *job) {
  sx_unlocked unlocked;
  size_t size;
  sx_status status = job->plan(system, &size);
  void *work = status < 0 ? NULL : SX_MALLOC(size);

  if (status >= 0 && work == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  if (status >= 0) {
    unlock(system, &unlocked);
    status = job->run(system, work, size, job->context);
    status = sx_relock(&unlocked, status);
    SX_FREE(work);
  }
  if (status < 0) {
    sx_raise_status(PyModule_GetState(module), status);
    return -1;
  }
  return 0;
}

/* Slots of arrays that are one piece. */
typedef struct slot_table {
  const sx_slot *slots;
  size_t count;
  int64_t periods; /* of each array, and those beyond */
  int required;    /* none may be missing */
} slot_table;

/* Points the members of `target` to the arrays of `dict`; how many, or -1. */
static int read_slots(const sx_system *system, const slot_table *table,
                      PyObject *dict, void *target) {
  int found = 0;

  for (size_t i = 0; i < table->count; i++) {
    const sx_slot *slot = &table->slots[i];
    const double **data =
        (const double **)(void *)((char *)target + slot->offset);
    int64_t periods = table->periods + slot->beyond;
    PyObject *array;

    if (find(dict, slot->name, &array) < 0) {
      return -1;
    }
    if (array != NULL || table->required) {
      *data = read_exactly(array, slot->name,
                           extent_of(system, slot->extent) * periods);
      if (*data == NULL) {
        return -1;
      }
      found++;
    }
  }
  return found;
}

/* Outputs that `wanted` names, by the slots; how many, or -1. */
static int read_records(const sx_system *system, PyObject *wanted,
                        sx_system_filtered *out) {
  const slot_table last_slots = {LAST_SLOTS, COUNT(LAST_SLOTS), 2, 0};
  int count = 0, last;

  for (size_t i = 0; i < COUNT(RECORD_SLOTS); i++) {
    const sx_slot *slot = &RECORD_SLOTS[i];
    void *target = (char *)out + slot->offset;
    PyObject *array;

    if (find(wanted, slot->name, &array) < 0) {
      return -1;
    }
    if (array != NULL) {
      if (read_periods(system, slot, NPY_DOUBLE, array, target) < 0) {
        return -1;
      }
      count++;
    }
  }
  last = read_slots(system, &last_slots, wanted, out);
  return last < 0 ? -1 : count + last;
}

/* Flags by period, and where covariances are; how many there are, or -1. */
static int read_marks(const sx_system *system, PyObject *dict, int32_t **flags,
                      int64_t **cov_period) {
  PyObject *array;
  int64_t size;

  if (find(dict, "univariate_filter", &array) < 0) {
    return -1;
  }
  *flags = read_array(array, NPY_INT32, "univariate_filter", &size);
  if (*flags == NULL) {
    return -1;
  }
  if (size != system->nobs) {
    return raise_size("univariate_filter");
  }
  if (find(dict, "cov_period", &array) < 0) {
    return -1;
  }
  if (array == NULL) {
    return 1;
  }
  *cov_period = read_array(array, NPY_INT64, "cov_period", &size);
  if (*cov_period != NULL && size != system->nobs + 1) {
    return raise_size("cov_period");
  }
  return *cov_period == NULL ? -1 : 2;
}

static int check_names(PyObject *dict, Py_ssize_t known) {
  if (PyDict_Size(dict) != known) {
    PyErr_SetString(PyExc_TypeError, "an array of an unknown name");
    return -1;
  }
  return 0;
}

/* What both filters return. */
#define COUNTS_OF(out)                                                         \
  Py_BuildValue(                                                               \
      "(iLLLL)", (int)(out)->converged, (long long)(out)->period_converged,    \
      (long long)(out)->nobs_diffuse, (long long)(out)->nobs_singular,         \
      (long long)(out)->nobs_diffuse_nonsingular)

static sx_status filter(const sx_system *system, void *work, size_t work_size,
                        void *out) {
  return sx_system_filter(system, work, work_size, out);
}

static PyObject *run_filter(PyObject *module, sx_system *system,
                            PyObject *wanted) {
  sx_system_filtered out = {0};
  int count = read_records(system, wanted, &out);
  int marks = count < 0 ? -1
                        : read_marks(system, wanted, &out.univariate_filter,
                                     &out.cov_period);
  sx_job job = {sx_system_filter_plan, filter, &out};

  if (count < 0 || marks < 0 || check_names(wanted, count + marks) < 0 ||
      run_job(module, system, &job) < 0) {
    return NULL;
  }
  return COUNTS_OF(&out);
}

PyObject *sx_py_filter_system(PyObject *module, PyObject *args) {
  PyObject *tuple, *dict, *wanted;
  sx_system system = {0};
  PyObject *result = NULL;

  if (!PyArg_ParseTuple(args, "O!O!:filter_system", &PyTuple_Type, &tuple,
                        &PyDict_Type, &dict) ||
      read_system(tuple, NPY_DOUBLE, &system) < 0) {
    return NULL;
  }
  wanted = PyDict_Copy(dict); /* keeps the arrays while the GIL is off */
  if (wanted != NULL) {
    result = run_filter(module, &system, wanted);
    Py_DECREF(wanted);
  }
  return result;
}

/* ---- complex log-likelihoods ---- */

static sx_status loglike_complex(const sx_system *system, void *work,
                                 size_t work_size, void *out) {
  return sx_system_loglike_complex(system, work, work_size, out);
}

PyObject *sx_py_loglike_complex(PyObject *module, PyObject *args) {
  PyObject *tuple, *arrays[4], *diffuse;
  sx_system_loglikes out = {0};
  sx_system system = {0};
  sx_job job = {sx_system_loglike_complex_plan, loglike_complex, &out};
  double **targets[] = {&out.loglikelihood, &out.scale, &out.forecast_error,
                        &out.forecast_error_cov};

  if (!PyArg_ParseTuple(args, "O!OOOOO:loglike_complex", &PyTuple_Type, &tuple,
                        &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                        &diffuse) ||
      read_system(tuple, NPY_CDOUBLE, &system) < 0) {
    return NULL;
  }
  for (int i = 0; i < 4; i++) {
    *targets[i] = read_typed(arrays[i], NPY_CDOUBLE, "an output", system.nobs);
    if (*targets[i] == NULL) {
      return NULL;
    }
  }
  out.forecast_error_diffuse_cov = read_typed(
      diffuse, NPY_DOUBLE, "forecast_error_diffuse_cov", system.nobs);
  if (out.forecast_error_diffuse_cov == NULL ||
      run_job(module, &system, &job) < 0) {
    return NULL;
  }
  return COUNTS_OF(&out);
}

/* ---- simulation ---- */

/* From which shocks, and where to. */
typedef struct sx_simulation {
  sx_shocks shocks;
  sx_path path;
} sx_simulation;

static sx_status simulate(const sx_system *system, void *work, size_t work_size,
                          void *context) {
  const sx_simulation *simulation = context;

  return sx_system_simulate(system, &simulation->shocks, work, work_size,
                            &simulation->path);
}

PyObject *sx_py_simulate_system(PyObject *module, PyObject *args) {
  static const char *const NAMES[] = {"measurement", "state", "obs", "states"};
  PyObject *tuple, *arrays[4];
  double *data[4];
  sx_system system = {0};
  sx_simulation all;
  sx_job job = {sx_system_simulate_plan, simulate, &all};

  if (!PyArg_ParseTuple(args, "O!OOOO:simulate_system", &PyTuple_Type, &tuple,
                        &arrays[0], &arrays[1], &arrays[2], &arrays[3]) ||
      read_system(tuple, NPY_DOUBLE, &system) < 0) {
    return NULL;
  }
  for (int i = 0; i < 4; i++) {
    int64_t per = i == 1 ? system.k_posdef : i == 3 ? system.k_states : 1;

    data[i] = read_typed(arrays[i], NPY_DOUBLE, NAMES[i],
                         per * (system.nobs + (i == 3)));
    if (data[i] == NULL) {
      return NULL;
    }
  }
  all = (sx_simulation){{data[0], data[1]}, {data[2], data[3]}};
  if (run_job(module, &system, &job) < 0) {
    return NULL;
  }
  Py_RETURN_NONE;
}

/* ---- smoothing ---- */

static int read_passed(const sx_system *system, PyObject *filtered,
                       sx_system_passed *passed) {
  size_t count = passed->nobs_diffuse > 0 ? COUNT(PASSED_SLOTS) : ALWAYS_PASSED;
  const slot_table slots = {PASSED_SLOTS, count, system->nobs, 1};
  int64_t *cov_period = NULL;
  int32_t *flags;

  if (read_slots(system, &slots, filtered, passed) < 0) {
    return -1;
  }
  if (passed->nobs_diffuse < 0 || passed->nobs_diffuse > system->nobs) {
    return raise_size("nobs_diffuse");
  }
  if (read_marks(system, filtered, &flags, &cov_period) < 0) {
    return -1;
  }
  for (int64_t t = 0; cov_period != NULL && t <= system->nobs; t++) {
    if (cov_period[t] < 0 || cov_period[t] > t) {
      return raise_size("cov_period");
    }
  }
  passed->univariate_filter = flags;
  passed->cov_period = cov_period;
  return 0;
}

static int read_smoothed(const sx_system *system, PyObject *wanted,
                         sx_system_smoothed *out) {
  const slot_table slots = {SMOOTHED_SLOTS, COUNT(SMOOTHED_SLOTS), system->nobs,
                            0};
  int count = read_slots(system, &slots, wanted, out);

  return count < 0 ? -1 : check_names(wanted, count);
}

/* From what, and where to. */
typedef struct sx_smoothing {
  sx_system_passed passed;
  sx_system_smoothed out;
} sx_smoothing;

static sx_status smooth(const sx_system *system, void *work, size_t work_size,
                        void *context) {
  sx_smoothing *smoothing = context;

  return sx_system_smooth(system, &smoothing->passed, work, work_size,
                          &smoothing->out);
}

PyObject *sx_py_smooth_system(PyObject *module, PyObject *args) {
  PyObject *tuple, *filtered, *wanted, *inputs, *outputs;
  sx_smoothing all = {0};
  sx_job job = {sx_system_smooth_plan, smooth, &all};
  sx_system system = {0};
  long long nobs_diffuse;
  int failed = 1;
  int means, covs;

  if (!PyArg_ParseTuple(args, "O!O!O!Lpp:smooth_system", &PyTuple_Type, &tuple,
                        &PyDict_Type, &filtered, &PyDict_Type, &wanted,
                        &nobs_diffuse, &means, &covs) ||
      read_system(tuple, NPY_DOUBLE, &system) < 0) {
    return NULL;
  }
  all.passed.nobs_diffuse = nobs_diffuse;
  all.out.means = means;
  all.out.covs = covs;
  inputs = PyDict_Copy(filtered);
  outputs = PyDict_Copy(wanted);
  if (inputs != NULL && outputs != NULL &&
      read_passed(&system, inputs, &all.passed) == 0 &&
      read_smoothed(&system, outputs, &all.out) == 0) {
    failed = run_job(module, &system, &job);
  }
  Py_XDECREF(inputs);
  Py_XDECREF(outputs);
  if (failed) {
    return NULL;
  }
  Py_RETURN_NONE;
}
