/* SPDX-License-Identifier: BSD-3-Clause */
/* _core.State: the filter after the last period; and rolling forecasts. */
#include "python/py_model.h"

#include "base/compiler.h"
#include "python/py_interrupt.h"

#include <string.h>

/* Immutable. */
typedef struct sx_state_object {
  PyObject_HEAD sx_spec_object *spec;
  sx_state *record; /* one allocation, the tail behind it */
  sx_tail tail;
} sx_state_object;

static const sx_model *model_of(PyObject *self) {
  return &((const sx_state_object *)self)->spec->model;
}

/* ---- making ---- */

/* A copy of the record, and the tail of `before` and `further`. */
static PyObject *make_state(PyTypeObject *type, sx_spec_object *spec,
                            const sx_state *record, const sx_tail *before,
                            const sx_series *further) {
  size_t size = (size_t)record->size;
  size_t columns = (size_t)spec->model.spec.k_exog + 1;
  size_t rows = (size_t)sx_tail_rows(&spec->model);
  sx_state_object *self = (sx_state_object *)PyType_GenericAlloc(type, 0);

  if (self == NULL) {
    return NULL;
  }
  Py_INCREF((PyObject *)spec);
  self->spec = spec;
  if (rows > (size_t)(before->rows + further->nobs)) {
    rows = (size_t)(before->rows + further->nobs);
  }
  self->record = SX_MALLOC(size + rows * columns * sizeof(double));
  if (self->record == NULL) {
    Py_DECREF((PyObject *)self);
    return PyErr_NoMemory();
  }
  memcpy(self->record, record, size);
  self->tail = sx_tail_take(&spec->model, before, further,
                            (double *)self->record + size / sizeof(double));
  return (PyObject *)self;
}

/* State(spec, record, tail), as pickled. */
static PyObject *state_new(PyTypeObject *type, PyObject *args,
                           PyObject *keywords) {
  sx_module_state *state = (sx_module_state *)PyType_GetModuleState(type);
  PyObject *spec, *record, *tail, *self = NULL;
  const sx_model *model;
  sx_tail before = {0};
  sx_state *copy;
  Py_ssize_t size;
  npy_intp cells;
  char *data;

  if (keywords != NULL && PyDict_Size(keywords) > 0) {
    PyErr_SetString(PyExc_TypeError, "State takes no keyword arguments");
    return NULL;
  }
  if (!PyArg_ParseTuple(args, "O!SO:State", state->spec_type, &spec, &record,
                        &tail) ||
      (before.endog = sx_borrow_array(tail, 1, "tail")) == NULL ||
      PyBytes_AsStringAndSize(record, &data, &size) < 0) {
    return NULL;
  }
  model = &((sx_spec_object *)spec)->model;
  cells = PyArray_DIM((PyArrayObject *)tail, 0);
  before.rows = cells / (model->spec.k_exog + 1);
  before.exog = before.endog + before.rows;
  copy = SX_MALLOC((size_t)size + sizeof(sx_state)); /* aligned */
  if (copy == NULL) {
    return PyErr_NoMemory();
  }
  memcpy(copy, data, (size_t)size);
  if (sx_state_check(model, copy, (size_t)size) < 0 ||
      before.rows > sx_tail_rows(model) ||
      before.rows * (model->spec.k_exog + 1) != cells) {
    PyErr_SetString(state->data_error,
                    "not a state of this model and this version");
  } else {
    self = make_state(type, (sx_spec_object *)spec, copy, &before,
                      &(sx_series){0});
  }
  SX_FREE(copy);
  return self;
}

static void state_dealloc(PyObject *object) {
  sx_state_object *self = (sx_state_object *)object;
  PyTypeObject *type = Py_TYPE(object);

  SX_FREE(self->record);
  Py_XDECREF((PyObject *)self->spec);
  PyObject_Free(object);
  Py_DECREF(type);
}

PyObject *sx_model_state(PyObject *object, PyObject *params) {
  const sx_model_object *self = (const sx_model_object *)object;
  const sx_model *model = &self->spec->model;
  sx_module_state *module = sx_state_of(object);
  size_t state_size, work_size;
  const sx_series *series;
  PyObject *state = NULL;
  sx_unlocked unlocked;
  sx_state *record;
  sx_run call;
  sx_status status = sx_state_plan(model, &state_size, &work_size);

  if (status < 0) {
    return sx_raise_status(module, status);
  }
  if (sx_run_begin(object, params, state_size + work_size, &call) < 0) {
    return NULL;
  }
  record = (sx_state *)call.work;
  series =
      sx_unlock(&self->series, sx_releases_gil(self, (double)self->series.nobs),
                &unlocked);
  status =
      sx_state_start(model, series, call.params,
                     (unsigned char *)record + state_size, work_size, record);
  status = sx_relock(&unlocked, status);
  if (status < 0) {
    sx_raise_status(module, status);
  } else {
    state = make_state(module->state_type, self->spec, record, &self->tail,
                       &(sx_series){0});
  }
  SX_FREE(call.params);
  return state;
}

/* ---- appending ---- */

/* Reads endog (rows,) and exog (rows, k_exog); -1 with an exception set. */
static int read_rows(PyObject *self, PyObject *args, sx_series *further) {
  int32_t k = model_of(self)->spec.k_exog;
  PyObject *endog, *exog;

  if (!PyArg_ParseTuple(args, "OO:append", &endog, &exog) ||
      (further->endog = sx_borrow_array(endog, 1, "endog")) == NULL ||
      (k > 0 && (further->exog = sx_borrow_array(exog, 2, "exog")) == NULL)) {
    return -1;
  }
  further->nobs = PyArray_DIM((PyArrayObject *)endog, 0);
  if (k > 0 && (PyArray_DIM((PyArrayObject *)exog, 0) != further->nobs ||
                PyArray_DIM((PyArrayObject *)exog, 1) != k)) {
    PyErr_SetString(PyExc_TypeError, "exog must be (rows of endog, k_exog)");
    return -1;
  }
  return 0;
}

/* Appends differenced rows to a copy of the record, in new memory, or NULL. */
static sx_state *append_rows(PyObject *object, const sx_series *joined) {
  const sx_state_object *self = (const sx_state_object *)object;
  const sx_model *model = model_of(object);
  sx_module_state *module = sx_state_of(object);
  int pays = sx_work_pays(model, (double)joined->nobs);
  sx_filter_output out = {0};
  size_t state_size, work_size;
  sx_unlocked unlocked;
  const sx_series *series;
  sx_state *record;
  sx_status status = sx_state_plan(model, &state_size, &work_size);

  if (status < 0) {
    sx_raise_status(module, status);
    return NULL;
  }
  record = SX_MALLOC(state_size + work_size);
  if (record == NULL) {
    PyErr_NoMemory();
    return NULL;
  }
  memcpy(record, self->record, (size_t)self->record->size);
  series = sx_unlock(joined, pays, &unlocked);
  status = sx_state_append(model, series, (unsigned char *)record + state_size,
                           work_size, record, &out);
  status = sx_relock(&unlocked, status);
  if (status < 0) {
    SX_FREE(record);
    sx_raise_status(module, status);
    return NULL;
  }
  return record;
}

static PyObject *state_append(PyObject *object, PyObject *args) {
  const sx_state_object *self = (const sx_state_object *)object;
  sx_series further = {0};
  PyObject *result = NULL;
  sx_series joined;
  sx_state *record;
  double *rows;

  if (read_rows(object, args, &further) < 0) {
    return NULL;
  }
  rows = sx_join_rows(sx_state_of(object), model_of(object), &self->tail,
                      &further, &joined);
  if (rows == NULL) {
    return NULL;
  }
  record = append_rows(object, &joined);
  SX_FREE(rows);
  if (record != NULL) {
    result =
        make_state(Py_TYPE(object), self->spec, record, &self->tail, &further);
    SX_FREE(record);
  }
  return result;
}

/* ---- forecasting ---- */

/* Fills `out`; -1 with an exception set on failure. */
static int run_forecast(PyObject *object, sx_forecast_output *out) {
  const sx_state_object *self = (const sx_state_object *)object;
  const sx_model *model = model_of(object);
  sx_series none = {0};
  const sx_series *series;
  sx_unlocked unlocked;
  sx_status status;
  size_t size = self->spec->filter_work;
  void *work = SX_MALLOC(size);

  if (work == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  series = sx_unlock(&none, sx_work_pays(model, (double)out->steps), &unlocked);
  status = sx_state_forecast(model, self->record, series->interrupt, work, size,
                             out);
  status = sx_relock(&unlocked, status);
  SX_FREE(work);
  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  return 0;
}

static PyObject *state_forecast(PyObject *object, PyObject *args) {
  const sx_state_object *self = (const sx_state_object *)object;
  const sx_model *model = model_of(object);
  sx_forecast_output out = {0};
  PyObject *exog, *mean, *var;
  double *future = NULL;
  int failed;
  long long steps;

  if (!PyArg_ParseTuple(args, "LO:forecast", &steps, &exog)) {
    return NULL;
  }
  mean = sx_new_array(steps, NULL);
  var = mean ? sx_new_array(steps, NULL) : NULL;
  failed = var == NULL ||
           (model->spec.k_exog > 0 &&
            (future = sx_join_future(sx_state_of(object), model, &self->tail,
                                     exog, steps, &out.exog_future)) == NULL);
  if (!failed) {
    out.steps = steps;
    out.mean = sx_array_data(mean);
    out.var = sx_array_data(var);
    failed = run_forecast(object, &out) < 0;
  }
  SX_FREE(future);
  if (failed) {
    Py_XDECREF(mean);
    Py_XDECREF(var);
    return NULL;
  }
  return Py_BuildValue("(NNL)", mean, var, (long long)out.nobs_skipped);
}

/* ---- rolling forecasts ---- */

/* Runs the request and frees the parameters. */
static int run_rolling(PyObject *object, PyObject *params, int64_t origins,
                       sx_rolling_output *out) {
  const sx_model_object *self = (const sx_model_object *)object;
  const sx_model *model = &self->spec->model;
  double periods =
      (double)self->series.nobs + (double)origins * (double)out->steps;
  const sx_series *series;
  sx_unlocked unlocked;
  size_t work_size;
  sx_run call;
  sx_status status = sx_rolling_plan(model, out->steps, &work_size);

  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  if (sx_run_begin(object, params, work_size, &call) < 0) {
    return -1;
  }
  series = sx_unlock(&self->series, sx_releases_gil(self, periods), &unlocked);
  status = sx_rolling_forecast(model, series, call.params, call.work, work_size,
                               out);
  status = sx_relock(&unlocked, status);
  SX_FREE(call.params);
  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  return 0;
}

/* Regressors of the periods after the last that the horizons reach. */
static double *read_future(PyObject *object, PyObject *exog, int64_t origins,
                           sx_rolling_output *out) {
  const sx_model_object *self = (const sx_model_object *)object;
  int64_t last = out->start + (origins - 1) * out->stride + out->steps;
  int64_t beyond = last > self->series.nobs ? last - self->series.nobs : 0;

  return sx_join_future(sx_state_of(object), &self->spec->model, &self->tail,
                        exog, beyond, &out->exog_future);
}

PyObject *sx_model_rolling_forecast(PyObject *object, PyObject *args) {
  const sx_model_object *self = (const sx_model_object *)object;
  PyObject *params, *exog, *mean, *var;
  sx_rolling_output out = {0};
  long long steps, start, stride;
  double *future = NULL;
  npy_intp dims[2];
  int failed;

  if (!PyArg_ParseTuple(args, "OLLLO:rolling_forecast", &params, &steps, &start,
                        &stride, &exog)) {
    return NULL;
  }
  out.steps = steps;
  out.stride = stride;
  out.start = start - sx_tail_rows(&self->spec->model);
  if (steps < 1 || stride < 1 || out.start < 0 ||
      out.start > self->series.nobs) {
    PyErr_SetString(PyExc_TypeError, "no such origins");
    return NULL;
  }
  dims[0] = (npy_intp)((self->series.nobs - out.start) / stride + 1);
  dims[1] = (npy_intp)steps;
  mean = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
  var = mean ? PyArray_SimpleNew(2, dims, NPY_DOUBLE) : NULL;
  failed = var == NULL ||
           (self->spec->model.spec.k_exog > 0 &&
            (future = read_future(object, exog, dims[0], &out)) == NULL);
  if (!failed) {
    out.mean = sx_array_data(mean);
    out.var = sx_array_data(var);
    failed = run_rolling(object, params, dims[0], &out) < 0;
  }
  SX_FREE(future);
  if (failed) {
    Py_XDECREF(mean);
    Py_XDECREF(var);
    return NULL;
  }
  return Py_BuildValue("(NNL)", mean, var, (long long)out.nobs_skipped);
}

/* ---- attributes ---- */

static const sx_state *record_of(PyObject *self) {
  return ((const sx_state_object *)self)->record;
}

static PyObject *get_record(PyObject *self, void *closure) {
  (void)closure;
  return PyBytes_FromStringAndSize((const char *)record_of(self),
                                   (Py_ssize_t)record_of(self)->size);
}

static PyObject *get_tail(PyObject *self, void *closure) {
  const sx_tail *tail = &((const sx_state_object *)self)->tail;

  (void)closure;
  return sx_new_array(tail->rows * (model_of(self)->spec.k_exog + 1),
                      tail->endog);
}

static PyObject *get_params(PyObject *self, void *closure) {
  (void)closure;
  return sx_new_array(model_of(self)->k_params,
                      sx_state_params(record_of(self)));
}

static PyObject *get_nobs(PyObject *self, void *closure) {
  (void)closure;
  return PyLong_FromLongLong(record_of(self)->nobs);
}

static PyObject *get_llf(PyObject *self, void *closure) {
  (void)closure;
  return PyFloat_FromDouble(record_of(self)->llf);
}

static PyMethodDef state_methods[] = {
    {"append", state_append, METH_VARARGS,
     "append($self, endog, exog, /)\n--\n\nThe state after further rows."},
    {"forecast", state_forecast, METH_VARARGS,
     "forecast($self, steps, exog_future, /)\n--\n\nmean, var, nobs_skipped."},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef state_getset[] = {
    {"record", get_record, NULL, "the state as bytes", NULL},
    {"tail", get_tail, NULL, "what differencing takes from next rows", NULL},
    {"params", get_params, NULL, "copy of the parameters", NULL},
    {"nobs", get_nobs, NULL, "number of observations so far", NULL},
    {"llf", get_llf, NULL, "log-likelihood so far", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot state_slots[] = {
    {Py_tp_doc, "The filter after the last period; immutable."},
    {Py_tp_new, (void *)(uintptr_t)state_new},
    {Py_tp_dealloc, (void *)(uintptr_t)state_dealloc},
    {Py_tp_methods, state_methods},
    {Py_tp_getset, state_getset},
    {0, NULL}};

PyType_Spec sx_state_type_spec = {"sarimax_c._core.State",
                                  sizeof(sx_state_object), 0,
                                  Py_TPFLAGS_DEFAULT, state_slots};
