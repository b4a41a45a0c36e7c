/* SPDX-License-Identifier: BSD-3-Clause */
#include "sarimax_c.h"

const char *sx_status_name(int status) {
  switch (status) {
#define SX_NAME_CASE(name, number, message)                                    \
  case number:                                                                 \
    return #name;
    SX_STATUS_MAP(SX_NAME_CASE)
#undef SX_NAME_CASE
  default:
    return "SX_UNKNOWN";
  }
}

const char *sx_status_message(int status) {
  switch (status) {
#define SX_MESSAGE_CASE(name, number, message)                                 \
  case number:                                                                 \
    return message;
    SX_STATUS_MAP(SX_MESSAGE_CASE)
#undef SX_MESSAGE_CASE
  default:
    return "unknown status";
  }
}

const char *sx_reason_message(int reason) {
  switch (reason) {
#define SX_REASON_CASE(name, number, message)                                  \
  case number:                                                                 \
    return message;
    SX_REASON_MAP(SX_REASON_CASE)
#undef SX_REASON_CASE
  default:
    return "unknown reason";
  }
}

const char *sx_fit_end_message(int end) {
  switch (end) {
#define SX_FIT_END_CASE(name, number, message)                                 \
  case number:                                                                 \
    return message;
    SX_FIT_END_MAP(SX_FIT_END_CASE)
#undef SX_FIT_END_CASE
  default:
    return "unknown end";
  }
}
