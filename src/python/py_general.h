/* SPDX-License-Identifier: BSD-3-Clause */
/* Functions of the module for any state space model. */
#ifndef SX_PYTHON_PY_GENERAL_H
#define SX_PYTHON_PY_GENERAL_H

#include "python/py_convert.h"

PyObject *sx_py_filter_system(PyObject *module, PyObject *args);
PyObject *sx_py_loglike_complex(PyObject *module, PyObject *args);
PyObject *sx_py_simulate_system(PyObject *module, PyObject *args);
PyObject *sx_py_smooth_system(PyObject *module, PyObject *args);

#endif
