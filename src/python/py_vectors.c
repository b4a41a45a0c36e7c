/* SPDX-License-Identifier: BSD-3-Clause */
#include "python/py_vectors.h"

#include "python/py_batch.h"

#include <string.h>

/* A one-dimensional numpy array of float64 as this machine reads it. */
static int is_vector(PyObject *object) {
  return PyArray_CheckExact(object) &&
         PyArray_TYPE((PyArrayObject *)object) == NPY_DOUBLE &&
         PyArray_NDIM((PyArrayObject *)object) == 1 &&
         PyArray_ISBEHAVED_RO((PyArrayObject *)object);
}

/* Element i of a list or tuple if it is a vector; else NULL, no exception. */
static PyArrayObject *vector_at(PyObject *elements, Py_ssize_t i) {
  PyObject *element = PySequence_GetItem(elements, i);

  if (element == NULL) {
    PyErr_Clear();
  } else if (!is_vector(element)) {
    Py_CLEAR(element);
  }
  return (PyArrayObject *)element;
}

/* Lengths of count elements from `start` on; 0 if one is no vector. */
static int read_sizes(PyObject *elements, Py_ssize_t start, Py_ssize_t count,
                      int64_t *sizes) {
  for (Py_ssize_t i = 0; i < count; i++) {
    PyArrayObject *vector = vector_at(elements, start + i);

    if (vector == NULL) {
      return 0;
    }
    sizes[i] = PyArray_DIM(vector, 0);
    Py_DECREF((PyObject *)vector);
  }
  return 1;
}

static void copy_vector(PyArrayObject *vector, int64_t size, double *target) {
  const char *source = PyArray_BYTES(vector);
  npy_intp stride = PyArray_STRIDE(vector, 0);

  if (stride == (npy_intp)sizeof(double)) {
    memcpy(target, source, (size_t)size * sizeof(double));
    return;
  }
  for (int64_t k = 0; k < size; k++) {
    target[k] = *(const double *)(source + k * stride);
  }
}

/* Copies the vectors one after the other; 0 if one is not as its size says. */
static int copy_vectors(PyObject *elements, Py_ssize_t start, Py_ssize_t count,
                        const int64_t *sizes, double *target) {
  for (Py_ssize_t i = 0; i < count; i++) {
    PyArrayObject *vector = vector_at(elements, start + i);
    int as_said = vector != NULL && PyArray_DIM(vector, 0) == sizes[i];

    if (as_said) {
      copy_vector(vector, sizes[i], target);
      target += sizes[i];
    }
    Py_XDECREF((PyObject *)vector);
    if (!as_said) {
      return 0;
    }
  }
  return 1;
}

/* `array` if `usable`, else None in its place; takes it. */
static PyObject *array_or_none(PyObject *array, int usable) {
  if (usable) {
    return array;
  }
  Py_DECREF(array);
  Py_RETURN_NONE;
}

PyObject *sx_vector_sizes(PyObject *module, PyObject *elements) {
  npy_intp count = PySequence_Size(elements);
  PyObject *sizes = count < 0 ? NULL : PyArray_SimpleNew(1, &count, NPY_INT64);

  (void)module;
  if (sizes == NULL) {
    return NULL;
  }
  return array_or_none(sizes,
                       read_sizes(elements, 0, count, sx_array_at(sizes)));
}

PyObject *sx_join_vectors(PyObject *module, PyObject *args) {
  PyObject *elements, *sizes, *joined;
  Py_ssize_t start;
  int64_t rows = 0;

  (void)module;
  if (!PyArg_ParseTuple(args, "OnO!O", &elements, &start, &PyArray_Type, &sizes,
                        &joined)) {
    return NULL;
  }
  if (!PyArray_ISCARRAY_RO((PyArrayObject *)sizes) ||
      PyArray_TYPE((PyArrayObject *)sizes) != NPY_INT64) {
    PyErr_SetString(PyExc_TypeError, "sizes must be a vector of int64");
    return NULL;
  }
  for (npy_intp i = 0; i < PyArray_SIZE((PyArrayObject *)sizes); i++) {
    rows += ((const int64_t *)sx_array_at(sizes))[i];
  }
  if (!sx_is_array(joined, NPY_DOUBLE, 1) ||
      !PyArray_ISWRITEABLE((PyArrayObject *)joined) ||
      sx_array_dim(joined, 0) != rows) {
    PyErr_SetString(PyExc_TypeError,
                    "joined must be a vector of float64 for all rows");
    return NULL;
  }
  Py_INCREF(joined);
  return array_or_none(joined,
                       copy_vectors(elements, start,
                                    PyArray_SIZE((PyArrayObject *)sizes),
                                    sx_array_at(sizes), sx_array_at(joined)));
}
