#include "report/figures.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
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

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

bool put_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text << std::flush;
  return static_cast<bool>(stream);
}

/// The page as Chromium has drawn it; empty if it did not.
std::string dom_of(const std::filesystem::path& page, const std::filesystem::path& folder) {
  std::vector<std::string> words = {"chromium", "--headless", "--disable-gpu", "--dump-dom",
                                    "--user-data-dir=" + (folder / "profile").string()};
  if (geteuid() == 0) words.emplace_back("--no-sandbox");  // Chromium's own does not work for root.
  words.push_back(address(page));
  const auto out = folder / "dom.html";
  return run(words, out) ? text_of(out) : std::string();
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
    figures.push_back({svg.substr(first, svg.find('"', first) - first), svg + "\n", {}});
    at = last;
  }
  return figures;
}

DrawnFigures draw_figures(const std::string& html) {
  const TemporaryFolder temporary;
  const auto page = temporary.path() / "page.html";
  if (temporary.path().empty() || !put_text(page, html))
    return {{}, fmt::format("error: cannot write into {}\n", std::filesystem::temp_directory_path().string())};
  std::vector<Figure> figures = figures_in(dom_of(page, temporary.path()));
  if (figures.empty())
    return {{}, "error: figures are drawn by Chromium, which did not draw any\nhelp: apt-get install chromium\n"};
  for (Figure& figure : figures) {
    const auto svg = temporary.path() / (figure.name + ".svg");
    const auto pdf = temporary.path() / (figure.name + ".pdf");
    const bool is_made =
        put_text(svg, figure.svg) && run({"rsvg-convert", "-f", "pdf", "-o", pdf.string(), svg.string()}, "/dev/null");
    figure.pdf = is_made ? text_of(pdf) : std::string();
    if (figure.pdf.empty())
      return {
          {},
          fmt::format("error: rsvg-convert did not make {}.pdf\nhelp: apt-get install librsvg2-bin\n", figure.name)};
  }
  return {std::move(figures), {}};
}

}  // namespace ringtail
