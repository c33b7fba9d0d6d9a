#include "backends/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "backends/frames.h"
#include "backends/interpreters.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "io/file.h"

namespace roundoff {
namespace {

namespace fs = std::filesystem;

// One file's tables, with the place of whatever is wrong in them.
class Declarations {
 public:
  explicit Declarations(std::string path) : path_(std::move(path)) {}

  Result<std::vector<Environment>> read(const toml::table& root) const {
    ROUNDOFF_CHECK(only(root, {"env"}, "a table of roundoff.toml"));
    std::vector<std::pair<toml::source_index, Environment>> found;
    if (const toml::node* node = root.get("env")) {
      if (!node->is_table()) return wrong(*node, "'env' must be a table: [env.NAME]");
      for (const auto& [key, value] : *node->as_table()) {
        ROUNDOFF_TRY(Environment environment, one(key, value));
        found.emplace_back(value.source().begin.line, std::move(environment));
      }
    }
    std::ranges::stable_sort(found, {}, [](const auto& entry) { return entry.first; });
    std::vector<Environment> out;
    out.reserve(found.size());
    for (auto& [line, environment] : found) out.push_back(std::move(environment));
    return out;
  }

 private:
  [[nodiscard]] Error wrong(const toml::node& node, std::string what, std::string remedy = "") const {
    return {Code::input, std::move(what), fmt::format("{}:{}", path_, node.source().begin.line), std::move(remedy)};
  }

  [[nodiscard]] Status only(const toml::table& table, const std::vector<std::string>& keys,
                            const std::string& what) const {
    for (const auto& [key, value] : table) {
      const std::string name(key.str());
      if (std::ranges::find(keys, name) != keys.end()) continue;
      const auto near = nearest(name, keys);
      return wrong(value, fmt::format("'{}' is not {}", printable(name, 60), what),
                   near.empty() ? "known: " + either(keys) : fmt::format("did you mean {}?", either(near)));
    }
    return {};
  }

  // A string or a list of strings.
  Result<std::vector<std::string>> words(const toml::table& table, const char* key) const {
    std::vector<std::string> out;
    const toml::node* node = table.get(key);
    if (node == nullptr) return out;
    std::vector<const toml::node*> items{node};
    if (const toml::array* list = node->as_array()) {
      items.clear();
      for (const toml::node& item : *list) items.push_back(&item);
    }
    for (const toml::node* item : items) {
      const auto* word = item->as_string();
      if (word == nullptr || word->get().empty()) return wrong(*item, fmt::format("'{}' must be strings", key));
      if (word->get().find_first_of(std::string_view("\0\n", 2)) != std::string::npos || word->get().front() == '-') {
        return wrong(*item, fmt::format("'{}' in '{}' is no package", printable(word->get(), 60), key),
                     "options belong in pip's own configuration");
      }
      out.push_back(word->get());
    }
    return out;
  }

  Result<Environment> one(const toml::key& key, const toml::node& node) const {
    Environment e;
    e.name = key.str();
    const auto allowed = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    };
    if (e.name.empty() || !std::ranges::all_of(e.name, allowed) || e.name.front() == '.' || e.name == kOwnPython) {
      return wrong(node, fmt::format("'{}' cannot be an environment's name", printable(e.name, 60)),
                   "letters, digits, '.', '_' and '-'; 'python3' is the user's own");
    }
    if (!node.is_table()) return wrong(node, fmt::format("'{}' must be a table: [env.{}]", e.name, e.name));
    const toml::table& table = *node.as_table();
    ROUNDOFF_CHECK(
        only(table, {"python", "installer", "packages", "frameworks", "variables"}, "a key of an environment"));
    ROUNDOFF_TRY(e.python, words(table, "python"));
    ROUNDOFF_TRY(e.installer, words(table, "installer"));
    ROUNDOFF_TRY(e.packages, words(table, "packages"));
    ROUNDOFF_TRY(e.frameworks, words(table, "frameworks"));
    if (e.python.empty())
      return wrong(node, fmt::format("environment '{}' does not say which Python", e.name), "python = \"3.11\"");
    for (const std::string& version : e.python) {
      const std::size_t dot = version.find('.');
      const auto digits = [](std::string_view s) {
        return !s.empty() && s.find_first_not_of("0123456789") == std::string_view::npos;
      };
      if (dot == std::string::npos || !digits(std::string_view(version).substr(0, dot)) ||
          !digits(std::string_view(version).substr(dot + 1))) {
        return wrong(*table.get("python"), fmt::format("'{}' is no Python version", printable(version, 60)),
                     "X.Y, as in \"3.11\"");
      }
    }
    const std::vector<std::string> known = known_frameworks();
    for (const std::string& framework : e.frameworks) {
      if (known.empty() || std::ranges::find(known, framework) != known.end()) continue;
      const auto near = nearest(framework, known);
      return wrong(*table.get("frameworks"), fmt::format("there is no adapter for '{}'", printable(framework, 60)),
                   near.empty() ? "known: " + either(known) : fmt::format("did you mean {}?", either(near)));
    }
    ROUNDOFF_TRY(e.variables, variables(table));
    return e;
  }

  Result<std::map<std::string, std::string>> variables(const toml::table& table) const {
    std::map<std::string, std::string> out;
    const toml::node* node = table.get("variables");
    if (node == nullptr) return out;
    if (!node->is_table()) return wrong(*node, "'variables' must be a table of strings");
    for (const auto& [key, value] : *node->as_table()) {
      const auto* text = value.as_string();
      if (text == nullptr || text->get().find('\0') != std::string::npos ||
          key.str().find('=') != std::string_view::npos) {
        return wrong(value, fmt::format("variable '{}' must be a string", printable(key.str(), 60)));
      }
      out.emplace(std::string(key.str()), text->get());
    }
    return out;
  }

  std::string path_;
};

Result<std::vector<Environment>> parse(const fs::path& file) {
  constexpr std::size_t kLimit = 1 << 20;
  ROUNDOFF_TRY(const InputFile input, InputFile::open(file.string()));
  if (input.size() > kLimit) {
    return Error{Code::input, fmt::format("has {} bytes; the limit is {}", input.size(), kLimit), file.string(), ""};
  }
  std::string text(input.size(), '\0');
  ROUNDOFF_CHECK(input.read_at(0, std::as_writable_bytes(std::span(text))));
  const toml::parse_result parsed = toml::parse(std::string_view(text), file.string());
  if (!parsed) {
    const auto& at = parsed.error().source().begin;
    return Error{Code::input, printable(parsed.error().description(), 300),
                 fmt::format("{}:{}:{}", file.string(), at.line, at.column), ""};
  }
  return Declarations(file.string()).read(parsed.table());
}

// The declarations in force, if there are any.
fs::path find_file() {
  constexpr std::string_view kName = "roundoff.toml";
  std::error_code ignored;
  std::vector<fs::path> places;
  for (fs::path directory = fs::current_path(ignored); !directory.empty(); directory = directory.parent_path()) {
    places.push_back(directory / kName);
    if (directory == directory.root_path()) break;
  }
  places.push_back(program_directory() / "../share/roundoff" / kName);
  places.push_back(fs::path(ROUNDOFF_SOURCE_DIR) / kName);
  const auto found = std::ranges::find_if(places, [&](const fs::path& place) { return fs::exists(place, ignored); });
  return found != places.end() ? *found : fs::path{};
}

fs::path made_directory(const Environment& e) {
  std::string declaration;
  for (const auto* part : {&e.python, &e.installer, &e.packages}) {
    for (const std::string& word : *part) declaration += word + "\n";
    declaration += "\n";
  }
  constexpr std::size_t kDigits = 12;
  const fs::path data = directory_variable("XDG_DATA_HOME", home_directory() / ".local/share");
  return directory_variable("ROUNDOFF_HOME", data / "roundoff") /
         (e.name + "-" + sha256_hex(declaration).substr(0, kDigits));
}

void look(Environment& e) {
  std::error_code ignored;
  e.directory = made_directory(e);
  e.remedy = "roundoff env create " + e.name;
  if (fs::exists(e.directory / kCompleteMark, ignored)) {
    const fs::path interpreter = e.directory / "bin/python";
    if (fs::exists(interpreter, ignored)) {
      e.interpreter = interpreter;
      e.remedy.clear();
      return;
    }
    e.missing = "its Python was removed from this machine";
    return;
  }
  const bool possible =
      std::ranges::any_of(e.python, [](const std::string& v) { return !interpreter_candidates(v).empty(); });
  e.missing = "environment " + e.name + " is not made";
  if (possible) return;
  const Error error = no_interpreter(e.python);
  e.missing = error.what;
  e.remedy = error.remedy + ", then: roundoff env create " + e.name;
}

// The user's python3, with those of the frameworks that it finds; none where there is no such program.
std::optional<Environment> own_python(const std::vector<std::string>& wanted) {
  using namespace std::chrono_literals;
  constexpr std::string_view kScript =
      "import importlib.util, sys\n"
      "def here(name):\n"
      "    try:\n"
      "        spec = importlib.util.find_spec(name)\n"
      "    except Exception:\n"
      "        return False\n"
      "    return spec is not None and spec.origin is not None\n"
      "print('roundoff', sys.executable, '%d.%d' % sys.version_info[:2], *filter(here, ['numpy'] + sys.argv[1:]), "
      "sep='\\t')\n";
  Command command;
  command.argv = {std::string(kOwnPython), "-c", std::string(kScript)};
  command.argv.insert(command.argv.end(), wanted.begin(), wanted.end());
  command.directory = "/";  // where no file of the user hides a package
  const auto finished = run_command(command, 20s);
  if (!finished.ok() || !finished->ending.success()) return std::nullopt;
  std::vector<std::string> fields{""};
  for (const char c : last_line(finished->output)) {
    if (c == '\t') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  // The worker itself needs NumPy.
  if (fields.size() < 4 || fields[0] != "roundoff" || fields[3] != "numpy") return std::nullopt;
  Environment e;
  e.name = kOwnPython;
  e.interpreter = fields[1];
  e.python = {fields[2]};
  e.frameworks.assign(fields.begin() + 4, fields.end());
  return e;
}

}  // namespace

Result<std::vector<Environment>> load_environments(const fs::path& file) {
  const fs::path declared = file.empty() ? find_file() : file;
  std::vector<Environment> environments;
  if (!declared.empty()) {
    ROUNDOFF_TRY(environments, parse(declared));
  }
  std::set<std::string> served;
  for (Environment& e : environments) {
    look(e);
    if (!e.interpreter.empty()) served.insert(e.frameworks.begin(), e.frameworks.end());
  }
  std::vector<std::string> open;
  std::ranges::set_difference(known_frameworks(), served, std::back_inserter(open));
  if (open.empty()) return environments;
  if (auto own = own_python(open); own && !own->frameworks.empty()) environments.push_back(std::move(*own));
  return environments;
}

Result<fs::path> workers_directory() {
  std::error_code ignored;
  const std::array candidates{program_directory() / "../share/roundoff/workers",
                              fs::path(ROUNDOFF_SOURCE_DIR) / "workers"};
  for (const fs::path& directory : candidates) {
    if (fs::exists(directory / "worker.py", ignored)) return directory.lexically_normal();
  }
  return Error{Code::resource, "worker.py is not there", candidates.back().string(),
               "reinstall, or build in the source checkout"};
}

std::vector<std::string> known_frameworks() {
  std::vector<std::string> out;
  const auto directory = workers_directory();
  if (!directory.ok()) return out;
  constexpr std::string_view kPrefix = "adapter_";
  std::error_code error;
  for (fs::directory_iterator it(*directory, error), end; !error && it != end; it.increment(error)) {
    const std::string stem = it->path().stem();
    if (stem.starts_with(kPrefix) && it->path().extension() == ".py") out.push_back(stem.substr(kPrefix.size()));
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace roundoff
