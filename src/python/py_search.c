/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods of _core.Model: the coordinates of a search (fit/coordinates.h). */
#include "python/py_model.h"

#include "base/compiler.h"
#include "fit/coordinates.h"

/* Coordinates with vectors (k_params,), in one memory. */
typedef struct search {
  sx_coordinates coordinates;
  double *at, *x, *slope;
  void *memory;
} search;

static void layout(const sx_model_object *self, sx_arena *arena,
                   search *found) {
  size_t k = (size_t)self->spec->model.k_params;

  sx_coordinates_layout(&self->spec->model, self->series.nobs, arena,
                        &found->coordinates);
  found->at = sx_arena_doubles(arena, k);
  found->x = sx_arena_doubles(arena, k);
  found->slope = sx_arena_doubles(arena, k);
}

/* Takes the memory; -1 with an exception set on failure. */
static int take_memory(PyObject *object, search *found) {
  const sx_model_object *self = (const sx_model_object *)object;
  sx_arena arena = sx_arena_measure();
  sx_status status;
  size_t size = 0;

  layout(self, &arena, found);
  status = sx_arena_plan(&arena, &size);
  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  found->memory = SX_MALLOC(size);
  if (found->memory == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  arena = sx_arena_bind(found->memory, size);
  layout(self, &arena, found);
  return 0;
}

PyObject *sx_model_search_units(PyObject *object, PyObject *sigma) {
  const sx_model_object *self = (const sx_model_object *)object;
  double value = PyFloat_AsDouble(sigma);
  PyObject *units;
  search found;

  if ((value == -1.0 && PyErr_Occurred()) || take_memory(object, &found) < 0) {
    return NULL;
  }
  sx_coordinates_init(&found.coordinates, &self->series, value);
  units = sx_new_array(self->spec->model.k_params, found.coordinates.scale);
  SX_FREE(found.memory);
  return units;
}

/* ---- maps ---- */

typedef void search_map(search *found, double *result);

/* Copies `count` vectors to units, `at` and the result; -1 on failure. */
static int copy_given(PyObject *object, PyObject *const *given, int count,
                      search *found, double *result) {
  const sx_model_object *self = (const sx_model_object *)object;
  double *const targets[] = {found->coordinates.scale, found->at, result};

  for (int i = 0; i < count; i++) {
    if (sx_copy_params(sx_state_of(object), given[i],
                       self->spec->model.k_params, targets[i]) < 0) {
      return -1;
    }
  }
  return 0;
}

/* A new vector of what `map` makes of the two or three given. */
static PyObject *apply(PyObject *object, PyObject *args, int count,
                       search_map *map) {
  const sx_model_object *self = (const sx_model_object *)object;
  PyObject *given[3], *result;
  search found;

  if (!PyArg_UnpackTuple(args, "search", count, count, &given[0], &given[1],
                         &given[2]) ||
      take_memory(object, &found) < 0) {
    return NULL;
  }
  result = sx_new_array(self->spec->model.k_params, NULL);
  if (result != NULL &&
      copy_given(object, given, count, &found, sx_array_data(result)) < 0) {
    Py_CLEAR(result);
  }
  if (result != NULL) {
    map(&found, sx_array_data(result));
  }
  SX_FREE(found.memory);
  return result;
}

static void to_search(search *found, double *z) {
  sx_coordinates_of(&found->coordinates, found->at, z);
}

static void from_search(search *found, double *x) {
  sx_coordinates_back(&found->coordinates, found->at, x, found->slope);
}

static void gradient(search *found, double *bar) {
  sx_coordinates_back(&found->coordinates, found->at, found->x, found->slope);
  sx_coordinates_adjoint(&found->coordinates, found->x, found->slope, bar);
}

PyObject *sx_model_to_search(PyObject *object, PyObject *args) {
  return apply(object, args, 2, to_search);
}

PyObject *sx_model_from_search(PyObject *object, PyObject *args) {
  return apply(object, args, 2, from_search);
}

PyObject *sx_model_search_gradient(PyObject *object, PyObject *args) {
  return apply(object, args, 3, gradient);
}
