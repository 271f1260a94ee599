#include "base/for_each_index.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace ringtail {

void for_each_index(std::size_t n, const std::function<void(std::size_t)>& f) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> end = n;  // indices behind a failure need not be tried
  std::vector<std::exception_ptr> failures(n);
  const auto work = [&] {
    for (std::size_t i = next++; i < end; i = next++) {
      try {
        f(i);
      } catch (...) {
        failures[i] = std::current_exception();
        end = std::min<std::size_t>(end, i);
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::size_t more = std::min<std::size_t>(n, std::thread::hardware_concurrency()); more > 1; --more)
      helpers.emplace_back(work);
    work();
  }
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace ringtail
