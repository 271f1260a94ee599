#pragma once

#include <string>

#include "parallel/ledger.hpp"

namespace ringtail {

/// Bytes with a decimal unit and three or four digits: "1.53 GB".
std::string bytes_text(Bytes bytes);

/// The ledger as a table for people, one line each with its share of the capacity; lines of no bytes are left out. 43
/// columns wide; 40 if `narrow`.
std::string ledger_text(const Ledger& ledger, bool narrow = false);

}  // namespace ringtail
