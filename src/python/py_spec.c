/* SPDX-License-Identifier: BSD-3-Clause */
/* _core.Spec: a checked specification. */
#include "python/py_convert.h"

#include "base/compiler.h"

#include <string.h>

enum { K_LAG_LISTS = 5 };

/* The arguments of Spec, as parsed. */
typedef struct spec_arguments {
  PyObject *lags[K_LAG_LISTS]; /* ar, ma, seasonal ar, seasonal ma, trend */
  int flags[5];                /* in the order of the SX_* option bits */
  long long burn;
  const char *simd;
  sx_spec spec;
} spec_arguments;

static int parse(PyObject *args, spec_arguments *in) {
  sx_spec *spec = &in->spec;

  return PyArg_ParseTuple(
      args, "O!O!O!O!iiiO!dipppppLddiz:Spec", &PyTuple_Type, &in->lags[0],
      &PyTuple_Type, &in->lags[1], &PyTuple_Type, &in->lags[2], &PyTuple_Type,
      &in->lags[3], &spec->diff, &spec->seasonal_diff, &spec->periods,
      &PyTuple_Type, &in->lags[4], &spec->trend_offset, &spec->k_exog,
      &in->flags[0], &in->flags[1], &in->flags[2], &in->flags[3], &in->flags[4],
      &in->burn, &spec->initial_variance, &spec->tolerance, &spec->max_states,
      &in->simd);
}

/* Copies the tuple of ints to `target`; -1 on failure. */
static int fill_lags(PyObject *tuple, int32_t *target, sx_lags *lags) {
  Py_ssize_t count = PyTuple_Size(tuple);

  for (Py_ssize_t i = 0; i < count; i++) {
    long lag = PyLong_AsLong(PyTuple_GetItem(tuple, i));

    if (lag == -1 && PyErr_Occurred()) {
      return -1;
    }
    if (lag > INT32_MAX || lag < INT32_MIN) {
      PyErr_SetString(PyExc_OverflowError, "a lag does not fit in 32 bits");
      return -1;
    }
    target[i] = (int32_t)lag;
  }
  lags->count = (int32_t)count;
  lags->lag = target;
  return 0;
}

static int fill_all_lags(spec_arguments *in, sx_spec_object *self) {
  sx_lags *lists[K_LAG_LISTS] = {&in->spec.ar, &in->spec.ma,
                                 &in->spec.seasonal_ar, &in->spec.seasonal_ma,
                                 &in->spec.trend};
  Py_ssize_t total = 0;
  int32_t *next;

  for (int i = 0; i < K_LAG_LISTS; i++) {
    total += PyTuple_Size(in->lags[i]);
  }
  self->lags = SX_MALLOC((size_t)(total + 1) * sizeof(int32_t));
  if (self->lags == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  next = self->lags;
  for (int i = 0; i < K_LAG_LISTS; i++) {
    if (fill_lags(in->lags[i], next, lists[i]) < 0) {
      return -1;
    }
    next += lists[i]->count;
  }
  return 0;
}

/* Lowers the instruction set to `name`; -1 if unknown or not available. */
static int set_simd(sx_model *model, const char *name) {
  if (name == NULL) {
    return 0;
  }
  for (int level = SX_SIMD_BASELINE; level <= (int)model->simd; level++) {
    if (strcmp(name, sx_simd_name((sx_simd)level)) == 0) {
      model->simd = (sx_simd)level;
      return 0;
    }
  }
  PyErr_Format(PyExc_ValueError, "SIMD level '%s' is not available here", name);
  return -1;
}

static PyObject *spec_new(PyTypeObject *type, PyObject *args,
                          PyObject *keywords) {
  spec_arguments in = {0};
  sx_spec_object *self;
  sx_status status;

  if (keywords != NULL && PyDict_Size(keywords) > 0) {
    PyErr_SetString(PyExc_TypeError, "Spec takes no keyword arguments");
    return NULL;
  }
  if (!parse(args, &in)) {
    return NULL;
  }
  self = (sx_spec_object *)PyType_GenericAlloc(type, 0);
  if (self == NULL || fill_all_lags(&in, self) < 0) {
    Py_XDECREF((PyObject *)self);
    return NULL;
  }
  for (uint32_t bit = 0; bit < 5; bit++) {
    in.spec.flags |= in.flags[bit] ? 1U << bit : 0U;
  }
  in.spec.loglikelihood_burn = (int64_t)in.burn;
  status = sx_model_init(&in.spec, &self->model);
  if (status == SX_OK) {
    status = sx_forecast_plan(&self->model, &self->filter_work);
  }
  if (status != SX_OK) {
    sx_raise_status(sx_state_of((PyObject *)self), status);
  }
  if (status != SX_OK || set_simd(&self->model, in.simd) < 0) {
    Py_DECREF((PyObject *)self);
    return NULL;
  }
  return (PyObject *)self;
}

static void spec_dealloc(PyObject *object) {
  PyTypeObject *type = Py_TYPE(object);

  SX_FREE(((sx_spec_object *)object)->lags);
  PyObject_Free(object);
  Py_DECREF(type);
}

typedef sx_status (*transform_function)(const sx_model *, const double *,
                                        double *);

static PyObject *transform(PyObject *object, PyObject *params,
                           transform_function function) {
  const sx_model *model = &((sx_spec_object *)object)->model;
  PyObject *result = sx_new_array(model->k_params, NULL);
  double *data;
  sx_status status;

  if (result == NULL) {
    return NULL;
  }
  data = sx_array_data(result);
  if (sx_copy_params(sx_state_of(object), params, model->k_params, data) < 0) {
    Py_DECREF(result);
    return NULL;
  }
  status = function(model, data, data);
  if (status < 0) {
    Py_DECREF(result);
    return sx_raise_status(sx_state_of(object), status);
  }
  return result;
}

static PyObject *spec_transform_params(PyObject *self, PyObject *params) {
  return transform(self, params, sx_transform_params);
}

static PyObject *spec_untransform_params(PyObject *self, PyObject *params) {
  return transform(self, params, sx_untransform_params);
}

static PyObject *get_k_params(PyObject *self, void *closure) {
  (void)closure;
  return PyLong_FromLong(((sx_spec_object *)self)->model.k_params);
}

static PyObject *get_k_states(PyObject *self, void *closure) {
  (void)closure;
  return PyLong_FromLong(((sx_spec_object *)self)->model.k_states);
}

static PyObject *get_k_order(PyObject *self, void *closure) {
  (void)closure;
  return PyLong_FromLong(((sx_spec_object *)self)->model.k_order);
}

static PyObject *get_loglikelihood_burn(PyObject *self, void *closure) {
  (void)closure;
  return PyLong_FromLongLong(
      ((sx_spec_object *)self)->model.loglikelihood_burn);
}

static PyObject *get_simd(PyObject *self, void *closure) {
  (void)closure;
  return PyUnicode_FromString(
      sx_simd_name(((sx_spec_object *)self)->model.simd));
}

static PyMethodDef spec_methods[] = {
    {"transform_params", spec_transform_params, METH_O,
     "transform_params($self, unconstrained, /)\n--\n\n"
     "Constrained parameters from unconstrained ones."},
    {"untransform_params", spec_untransform_params, METH_O,
     "untransform_params($self, constrained, /)\n--\n\n"
     "Unconstrained parameters from constrained ones."},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef spec_getset[] = {
    {"k_params", get_k_params, NULL, "number of parameters", NULL},
    {"k_states", get_k_states, NULL, "number of states", NULL},
    {"k_order", get_k_order, NULL, "number of ARMA states", NULL},
    {"loglikelihood_burn", get_loglikelihood_burn, NULL,
     "observations left out of the log-likelihood", NULL},
    {"simd", get_simd, NULL, "instruction set in use", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot spec_slots[] = {
    {Py_tp_doc, "A checked specification and its layout; immutable."},
    {Py_tp_new, (void *)(uintptr_t)spec_new},
    {Py_tp_dealloc, (void *)(uintptr_t)spec_dealloc},
    {Py_tp_methods, spec_methods},
    {Py_tp_getset, spec_getset},
    {0, NULL}};

PyType_Spec sx_spec_type_spec = {"sarimax_c._core.Spec", sizeof(sx_spec_object),
                                 0, Py_TPFLAGS_DEFAULT, spec_slots};
