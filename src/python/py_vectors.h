/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of series into one array, without a Python object per series. Both
 * return None where an element is anything but a one-dimensional numpy array of
 * float64: such ones are for Python to convert.
 */
#ifndef SX_PYTHON_PY_VECTORS_H
#define SX_PYTHON_PY_VECTORS_H

#include "python/py_convert.h"

/* vector_sizes(elements): their lengths (count,) of int64. */
PyObject *sx_vector_sizes(PyObject *module, PyObject *elements);

/*
 * join_vectors(elements, start, sizes, joined): as many from `start` on into
 * `joined`, which is returned.
 */
PyObject *sx_join_vectors(PyObject *module, PyObject *args);

#endif
