#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <new>
#include <string>

#include "files.hpp"

/// Of all that this program asked for so far.
static std::size_t heap_bytes = 0;

[[gnu::noinline]] void* operator new(std::size_t bytes) {
  heap_bytes += bytes;
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace ringtail {
namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

using testing::HasSubstr;
using testing::Not;

/// Input that no person writes. It must end in an error, soon: docs/fuzzing.md says what it takes. Here work is
/// counted, not time, which depends on what else the machine does: the heap bytes that are asked for are the same in
/// every run. What is linear in the file asks for some hundred times its size, what is quadratic for a million times.
/// Processor time is only a stop for costs that ask for no memory: a quadratic one would take minutes.
class Hostile : public Files {
 protected:
  static std::string errors_soon(const std::string& yaml) {
    const std::clock_t start = std::clock();
    const std::size_t before = heap_bytes;
    std::string text = errors(yaml);
    EXPECT_LT(heap_bytes - before, most_heap_bytes(yaml.size()));
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 30);
    EXPECT_LT(text.size(), 50000U);  // 50 errors at most, each with an excerpt of its line
    return text;
  }

  /// The first file of a process also pays for the tables of fields, 14 MB.
  static std::size_t most_heap_bytes(std::size_t file) { return 500 * file + 30 * mebibyte; }

  static std::string repeated(const std::string& text, std::size_t bytes) {
    std::string result;
    while (result.size() + text.size() <= bytes) result += text;
    return result;
  }
};

TEST_F(Hostile, DeepNesting) {
  for (const char* open : {"[", "{a: ", "- ", "? "}) {
    std::string text;
    for (int i = 0; i < 100000; ++i) text += open;
    EXPECT_THAT(errors_soon("x:\n  " + text), HasSubstr("error: ")) << open;
  }
  EXPECT_THAT(errors_soon("x: " + std::string(100000, '[')), HasSubstr("nested deeper than 32 levels"));
  std::string indented;
  for (std::size_t i = 0; i < 1000; ++i) indented += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(errors_soon(indented), HasSubstr("nested deeper than 32 levels"));
}

TEST_F(Hostile, LargeFiles) {
  EXPECT_EQ(errors_soon("name: " + std::string(10 * mebibyte, 'x')), "d.yaml: error: is larger than 1 MiB\n");
  EXPECT_THAT(errors_soon(minimal + "name: &a " + std::string(mebibyte - 200, 'x')), HasSubstr("anchors (&)"));
  EXPECT_THAT(errors_soon(minimal + "x: " + std::string(mebibyte - 200, 'x')), HasSubstr("unknown key 'x'"));
  EXPECT_THAT(errors_soon(minimal + std::string(1000, 'x') + ": 1"), HasSubstr("unknown key 'xxx"));
}

TEST_F(Hostile, ThousandsOfErrors) {
  EXPECT_THAT(errors_soon("{" + repeated("a, ", mebibyte - 2) + "}"), HasSubstr("duplicate key 'a'"));
  std::string keys;
  for (int i = 0; keys.size() < mebibyte - 20; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(errors_soon(keys), HasSubstr("and at least 950 more errors\n"));
  std::string on_one_line = "{";
  for (int i = 0; on_one_line.size() < mebibyte - 20; ++i) on_one_line += "k" + std::to_string(i) + ": 1, ";
  EXPECT_THAT(errors_soon(on_one_line + "}"), HasSubstr("unknown key 'k0'"));
  EXPECT_THAT(errors_soon(repeated("- &a *a\n", mebibyte)), HasSubstr("error: "));
}

TEST_F(Hostile, AliasBomb) {
  std::string text = minimal + "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    const std::string previous(1, static_cast<char>(c - 1));
    text += std::string(1, c) + ": &" + c + " [*" + previous + repeated(", *" + previous, 40) + "]\n";
  }
  EXPECT_THAT(errors_soon(text), HasSubstr("aliases (*) are not allowed"));
}

TEST_F(Hostile, BytesThatAreNoText) {
  EXPECT_THAT(errors_soon(std::string(1000, '\0')), HasSubstr("d.yaml:1:1: error: control character 0x00"));
  EXPECT_THAT(errors_soon(minimal + std::string("name: a\0b\n", 10)),
              HasSubstr("d.yaml:6:8: error: control character 0x00"));
  EXPECT_THAT(errors_soon("name: \xED\xA0\x80\n"),
              HasSubstr("d.yaml:1:7: error: byte 0xED is not UTF-8"));                // surrogate
  EXPECT_THAT(errors_soon("name: \xC0\xAF\n"), HasSubstr("byte 0xC0 is not UTF-8"));  // overlong
  EXPECT_THAT(errors_soon("\xFF\xFEn\0"), HasSubstr("byte 0xFF is not UTF-8"));       // UTF-16
}

// A file that may never end, or never begin: refused unread. (A directory and what cannot be opened: Load.)
TEST_F(Hostile, FilesThatAreNoFiles) {
  const auto error_of = [](const std::string& file) {
    const std::clock_t start = std::clock();
    const std::string text = load_deployment(file, {}, test_data).errors;
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 30);
    return text;
  };
  ASSERT_EQ(mkfifo("fifo.yaml", 0600), 0);
  EXPECT_EQ(error_of("fifo.yaml"), "fifo.yaml: error: is not a regular file\n");
  EXPECT_EQ(error_of("/dev/zero"), "/dev/zero: error: is not a regular file\n");
  EXPECT_EQ(error_of("/dev/null"), "/dev/null: error: is not a regular file\n");
  EXPECT_EQ(error_of("/proc/self/mem"), "/proc/self/mem: error: cannot be read\n");
  ASSERT_EQ(symlink("loop.yaml", "loop.yaml"), 0);
  EXPECT_THAT(error_of("loop.yaml"), HasSubstr("cannot be opened"));
  EXPECT_THAT(error_of(std::string(5000, 'x')), HasSubstr("cannot be opened: File name too long"));
  EXPECT_EQ(error_of("."), ".: error: is a directory\n");
}

// Root may read everything, so the test reads as nobody.
TEST_F(Hostile, UnreadableFile) {
  std::ofstream("secret.yaml") << minimal;
  ASSERT_EQ(chmod(".", 0755), 0);
  ASSERT_EQ(chmod("secret.yaml", 0), 0);
  const bool is_root = geteuid() == 0;
  ASSERT_EQ(is_root ? seteuid(65534) : 0, 0);
  const std::string text = load_deployment("secret.yaml", {}, test_data).errors;
  ASSERT_EQ(is_root ? seteuid(0) : 0, 0);
  EXPECT_EQ(text, "secret.yaml: error: cannot be opened: Permission denied\n");
}

TEST_F(Hostile, NumbersOutOfRange) {
  for (const char* number : {"1e999", "-1e999", "1e99999999999999999999", "99999999999999999999999999", "1e-999", "-0"})
    EXPECT_THAT(errors_soon(minimal + "run: {steps: " + number + "}\n"), HasSubstr("run.steps")) << number;
  const std::string digits(mebibyte / 2, '9');
  EXPECT_THAT(errors_soon(minimal + "run: {steps: " + digits + "}\n"), HasSubstr("run.steps"));
  EXPECT_THAT(errors_soon(minimal + "run: {seed: 0." + digits + "}\n"), HasSubstr("run.seed"));
}

// Text of the user is shown, but must not reach the terminal as control characters.
TEST_F(Hostile, EscapeSequences) {
  const std::string in_file = errors_soon(minimal + "name: \"\\e[2J\"\n\"\\x1b[31m\": 1\n");
  EXPECT_THAT(in_file, Not(HasSubstr("\x1b")));
  EXPECT_THAT(in_file, HasSubstr("name: '\uFFFD[2J' has control characters"));
  EXPECT_THAT(errors(minimal, {"\x1b[31m=1"}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(errors(minimal, {"name=\"\\0\""}), HasSubstr("has control characters"));
}

}  // namespace
}  // namespace ringtail
