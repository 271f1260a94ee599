#pragma once

#include <vector>

#include "program/exchange.hpp"

namespace ringtail {

/// What each member of a group sends in one round of a collective: row i holds member i's transfers, with `dst` a
/// member index (not yet a rank). Transfers of no bytes are left out.
using Round = std::vector<std::vector<Transfer>>;

/// Turns a round into an exchange between `ranks` (ascending; member i is ranks[i]). Ids, family and layer are the
/// caller's to set.
Exchange make_exchange(const Round& round, const std::vector<int>& ranks);

}  // namespace ringtail
