#pragma once

#include "timeline/selection.hpp"

namespace ringtail {

/// What is recorded of the first replication beside its figures. Changes nothing of them.
struct Recording {
  int trace = -1;  ///< Descriptor of the file that a trace is written to; -1: none is.
  TraceSelection selection;
  bool detail = false;  ///< Replication::detail is filled.
};

}  // namespace ringtail
