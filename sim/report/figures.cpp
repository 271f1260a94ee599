#include "report/figures.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>

extern char** environ;

namespace ringtail {
namespace {

/// Runs a program of the PATH without input, its stdout in a file, its stderr nowhere; whether it ended with 0.
bool run(std::vector<std::string> words, const std::filesystem::path& out) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (failed != 0 || waitpid(child, &status, 0) != child) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "ringtail-figures-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string address(const std::filesystem::path& file) {
  constexpr std::string_view plain = "/.-_~";
  std::string text = "file://";
  for (const char c : std::filesystem::absolute(file).string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (byte < 128 && std::isalnum(byte) != 0) || plain.find(c) != std::string_view::npos;
    text += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return text + "#figures";
}

std::string drawn(const std::filesystem::path& report) {
  const TemporaryFolder folder;
  if (folder.path().empty()) return {};
  std::vector<std::string> words = {"chromium", "--headless", "--disable-gpu", "--dump-dom",
                                    "--user-data-dir=" + (folder.path() / "profile").string()};
  if (geteuid() == 0) words.emplace_back("--no-sandbox");  // Chromium's own does not work for root.
  words.push_back(address(report));
  const auto out = folder.path() / "dom.html";
  if (!run(words, out)) return {};
  std::ifstream stream(out, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

std::vector<Figure> figures_in(const std::string& dom) {
  constexpr std::string_view begin = "<svg ", end = "</svg>", name = "data-figure=\"";
  std::vector<Figure> figures;
  for (std::size_t at = dom.find("id=\"figures\""); (at = dom.find(begin, at)) != std::string::npos;) {
    const std::size_t last = dom.find(end, at);
    if (last == std::string::npos) break;
    const std::string svg = dom.substr(at, last + end.size() - at);
    const std::size_t first = svg.find(name) + name.size();
    figures.push_back({svg.substr(first, svg.find('"', first) - first), svg + "\n"});
    at = last;
  }
  return figures;
}

std::string write_figures(const std::filesystem::path& report, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fmt::format("{}: error: cannot be made: {}\n", folder.string(), error.message());
  const std::vector<Figure> figures = figures_in(drawn(report));
  if (figures.empty())
    return "error: figures are drawn by Chromium, which did not draw any\nhelp: apt-get install chromium\n";
  for (const Figure& figure : figures) {
    const auto svg = folder / (figure.name + ".svg");
    const auto pdf = folder / (figure.name + ".pdf");
    std::ofstream stream(svg, std::ios::binary);
    stream << figure.svg << std::flush;
    if (!stream) return fmt::format("{}: error: cannot be written\n", svg.string());
    if (!run({"rsvg-convert", "-f", "pdf", "-o", pdf.string(), svg.string()}, "/dev/null"))
      return fmt::format("{}: error: rsvg-convert did not make it\nhelp: apt-get install librsvg2-bin\n", pdf.string());
  }
  return {};
}

}  // namespace ringtail
