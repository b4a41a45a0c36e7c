/* SPDX-License-Identifier: BSD-3-Clause */
/* The extension module sarimax_c._core: types, status table, test hooks. */
#define SX_IMPORT_ARRAY
#include "python/py_convert.h"
#include "python/py_general.h"
#include "python/py_vectors.h"

#include "base/compiler.h"

#ifdef SX_TEST_HOOKS
#include "batch/thread.h"

#include <errno.h>

/* Allocations and threads left until one fails; negative: none does. */
static long allocations_left = -1;

/* Non-zero if there is none left; counts one. */
static int take_allocation(void) {
  int none_left = allocations_left == 0;

  allocations_left -= allocations_left > 0;
  return none_left;
}

void *sx_test_malloc(size_t size) {
  return take_allocation() ? NULL : malloc(size);
}

int sx_test_thread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument) {
  return take_allocation() ? EAGAIN
                           : pthread_create(thread, attributes, run, argument);
}

static PyObject *fail_allocation(PyObject *module, PyObject *after) {
  long count = PyLong_AsLong(after);

  (void)module;
  if (count == -1 && PyErr_Occurred()) {
    return NULL;
  }
  allocations_left = count;
  Py_RETURN_NONE;
}

#endif

static PyMethodDef module_methods[] = {
    {"vector_sizes", sx_vector_sizes, METH_O,
     "vector_sizes(elements, /)\n--\n\n"
     "Lengths of vectors of float64; None if one is anything else."},
    {"join_vectors", sx_join_vectors, METH_VARARGS,
     "join_vectors(elements, start, sizes, joined, /)\n--\n\n"
     "`joined`, filled with vectors of float64; None if one is not of its "
     "size."},
    {"filter_system", sx_py_filter_system, METH_VARARGS,
     "filter_system(system, wanted, /)\n--\n\n"
     "Fills the arrays of the dictionary `wanted`. converged, "
     "period_converged,\nnobs_diffuse, nobs_singular, "
     "nobs_diffuse_nonsingular."},
    {"loglike_complex", sx_py_loglike_complex, METH_VARARGS,
     "loglike_complex(system, loglikelihood, scale, forecast_error, "
     "forecast_error_cov, forecast_error_diffuse_cov, /)\n--\n\n"
     "Fills the arrays. What filter_system returns."},
    {"simulate_system", sx_py_simulate_system, METH_VARARGS,
     "simulate_system(system, measurement, state, obs, states, /)\n--\n\n"
     "Fills obs and states by the shocks."},
    {"smooth_system", sx_py_smooth_system, METH_VARARGS,
     "smooth_system(system, filtered, wanted, nobs_diffuse, means, covs, /)\n"
     "--\n\nFills the arrays of the dictionary `wanted`."},
#ifdef SX_TEST_HOOKS
    {"_fail_allocation", fail_allocation, METH_O,
     "_fail_allocation(n, /)\n--\n\n"
     "Makes every allocation and thread after the next n fail; -2: none."},
#endif
    {NULL, NULL, 0, NULL}};

static int add_status_table(PyObject *module) {
  PyObject *table = PyDict_New();
  int failed = table == NULL;

#define SX_TABLE_ENTRY(name, number, message)                                  \
  if (!failed) {                                                               \
    PyObject *entry = Py_BuildValue("(is)", (int)(number), message);           \
    failed = entry == NULL || PyDict_SetItemString(table, #name, entry) < 0;   \
    Py_XDECREF(entry);                                                         \
  }
  SX_STATUS_MAP(SX_TABLE_ENTRY)
#undef SX_TABLE_ENTRY
  failed = failed || PyModule_AddObjectRef(module, "STATUS", table) < 0;
  Py_XDECREF(table);
  return failed ? -1 : 0;
}

/* -1 with an exception set on failure. */
static int add_message(PyObject *table, int number, const char *message) {
  PyObject *key = PyLong_FromLong(number);
  PyObject *text = key ? PyUnicode_FromString(message) : NULL;
  int failed = text == NULL || PyDict_SetItem(table, key, text) < 0;

  Py_XDECREF(key);
  Py_XDECREF(text);
  return failed ? -1 : 0;
}

/* Messages by their numbers: how fits end, why the exact engine did not run. */
static int add_messages(PyObject *module) {
  PyObject *ends = PyDict_New();
  PyObject *reasons = PyDict_New();
  int failed = ends == NULL || reasons == NULL;

#define SX_END_ENTRY(name, number, message)                                    \
  failed = failed || add_message(ends, (int)(number), message) < 0;
#define SX_REASON_ENTRY(name, number, message)                                 \
  failed = failed || add_message(reasons, (int)(number), message) < 0;
  SX_FIT_END_MAP(SX_END_ENTRY)
  SX_REASON_MAP(SX_REASON_ENTRY)
#undef SX_END_ENTRY
#undef SX_REASON_ENTRY
  failed = failed || PyModule_AddObjectRef(module, "FIT_ENDS", ends) < 0 ||
           PyModule_AddObjectRef(module, "REASONS", reasons) < 0;
  Py_XDECREF(ends);
  Py_XDECREF(reasons);
  return failed ? -1 : 0;
}

/* The levels this CPU can run, lowest first. */
static int add_simd_levels(PyObject *module) {
  int count = (int)sx_simd_detect() + 1;
  PyObject *levels = PyTuple_New(count);
  int failed = levels == NULL;

  for (int i = 0; i < count && !failed; i++) {
    PyObject *name = PyUnicode_FromString(sx_simd_name((sx_simd)i));

    failed = name == NULL || PyTuple_SetItem(levels, i, name) < 0;
  }
  failed = failed || PyModule_AddObjectRef(module, "SIMD_LEVELS", levels) < 0;
  Py_XDECREF(levels);
  return failed ? -1 : 0;
}

static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec) {
  PyTypeObject *type =
      (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);

  if (type != NULL && PyModule_AddType(module, type) < 0) {
    Py_CLEAR(type);
  }
  return type;
}

/* A new reference, or NULL with an exception set. */
static PyObject *import_attribute(const char *module, const char *name) {
  PyObject *imported = PyImport_ImportModule(module);
  PyObject *attribute =
      imported ? PyObject_GetAttrString(imported, name) : NULL;

  Py_XDECREF(imported);
  return attribute;
}

static int module_exec(PyObject *module) {
  sx_module_state *state = (sx_module_state *)PyModule_GetState(module);

  if (PyArray_ImportNumPyAPI() < 0) {
    return -1;
  }
  state->error_from_status =
      import_attribute("sarimax_c.errors", "error_from_status");
  state->data_error = import_attribute("sarimax_c.errors", "DataError");
  state->spec_error = import_attribute("sarimax_c.errors", "SpecError");
  state->as_params = import_attribute("sarimax_c.arrays", "as_params");
  state->as_params_rows =
      import_attribute("sarimax_c.arrays", "as_params_rows");
  if (state->error_from_status == NULL || state->data_error == NULL ||
      state->spec_error == NULL || state->as_params == NULL ||
      state->as_params_rows == NULL) {
    return -1;
  }
  state->spec_type = add_type(module, &sx_spec_type_spec);
  state->model_type = add_type(module, &sx_model_type_spec);
  state->batch_type = add_type(module, &sx_batch_type_spec);
  state->state_type = add_type(module, &sx_state_type_spec);
  if (state->spec_type == NULL || state->model_type == NULL ||
      state->batch_type == NULL || state->state_type == NULL) {
    return -1;
  }
  return add_status_table(module) < 0 || add_messages(module) < 0
             ? -1
             : add_simd_levels(module);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
  sx_module_state *state = (sx_module_state *)PyModule_GetState(module);

  Py_VISIT(state->error_from_status);
  Py_VISIT(state->data_error);
  Py_VISIT(state->spec_error);
  Py_VISIT(state->as_params);
  Py_VISIT(state->as_params_rows);
  Py_VISIT(state->spec_type);
  Py_VISIT(state->model_type);
  Py_VISIT(state->batch_type);
  Py_VISIT(state->state_type);
  return 0;
}

static int module_clear(PyObject *module) {
  sx_module_state *state = (sx_module_state *)PyModule_GetState(module);

  Py_CLEAR(state->error_from_status);
  Py_CLEAR(state->data_error);
  Py_CLEAR(state->spec_error);
  Py_CLEAR(state->as_params);
  Py_CLEAR(state->as_params_rows);
  Py_CLEAR(state->spec_type);
  Py_CLEAR(state->model_type);
  Py_CLEAR(state->batch_type);
  Py_CLEAR(state->state_type);
  return 0;
}

static void module_free(void *module) { module_clear((PyObject *)module); }

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)module_exec},
#ifdef Py_mod_gil
    /* Objects of the module never change, its state is set in module_exec. */
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL}};

static struct PyModuleDef module_definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "sarimax_c._core",
    .m_doc = "The compiled core of sarimax_c.",
    .m_size = sizeof(sx_module_state),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free};

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void) {
  return PyModuleDef_Init(&module_definition);
}
