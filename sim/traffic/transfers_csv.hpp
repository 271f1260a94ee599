#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/carry.hpp"

namespace ringtail {

/// A CSV file of transfers: the header `src,dst,bytes,start_s`, then one transfer per line. GPUs are numbered from 0,
/// bytes are more than zero, times in seconds from zero on.
struct TransfersCsv {
  std::vector<TimedTransfer> transfers;
  std::vector<std::string_view> rows;  ///< The transfers' lines, views of the text.
  std::vector<int> lines;              ///< Their numbers, from 1.
  std::string errors;                  ///< "FILE:LINE: error: ..." for the first 20 mistakes; empty if there are none.
};

/// Reads the text of a file. `name` is the file's name in errors; `text` must outlive the result. Lines may end with CR
/// LF; empty lines at the end are ignored.
TransfersCsv read_transfers(std::string_view text, std::string_view name);

/// Errors for the transfers whose GPUs are not among the first `gpus`, or that are too large for the solver; empty if
/// there are none.
std::string check_transfers(const TransfersCsv& csv, std::string_view name, int gpus, NetworkSolver solver);

/// The lines as they were read, each with its end in seconds as a further column, with a header.
std::string write_finishes(const TransfersCsv& csv, const std::vector<Seconds>& finish);

}  // namespace ringtail
