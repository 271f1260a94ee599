#include "base/line_channel.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace ringtail {

bool LineChannel::receive(const std::function<void(const std::string&)>& on_line) {
  std::array<char, 65536> bytes;
  const ssize_t count = ::read(input_, bytes.data(), bytes.size());
  if (count < 0) return errno == EINTR;
  if (count == 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = buffer_.find('\n', begin)) != std::string::npos; begin = end + 1)
    on_line(buffer_.substr(begin, end - begin));
  buffer_.erase(0, begin);
  return true;
}

bool LineChannel::send(const std::string& text) const {
  const std::string line = text + '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t written = ::write(output_, line.data() + done, line.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace ringtail
