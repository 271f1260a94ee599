#pragma once

#include <cstddef>
#include <functional>

namespace ringtail {

/// Calls f(0) .. f(n - 1), shared out among as many threads as there are cores; returns when all have ended. The calls
/// must not depend on each other. Of those that throw, the exception of the lowest index is thrown on, as if they had
/// been made one after the other: what comes out does not depend on the number of cores.
void for_each_index(std::size_t n, const std::function<void(std::size_t)>& f);

}  // namespace ringtail
