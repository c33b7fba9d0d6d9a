// The command line: finds the subcommand, turns errors into one line and an exit code.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "cli/command.h"
#include "cli/shared/console.h"

namespace roundoff {
namespace cli {
std::vector<Command> make_all();
}

const std::vector<Command>& all_commands() {
  static const std::vector<Command> all = cli::make_all();
  return all;
}

namespace {

int fail(const Error& error) {
  say("roundoff: " + to_string(error));
  return static_cast<int>(error.code);
}

int usage(const std::string& what, const std::string& remedy) { return fail({Code::usage, what, "", remedy}); }

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known, const std::string& help) {
  const std::vector<std::string> near = nearest(word, known);
  return near.empty() ? help : "did you mean " + either(near) + "?";
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

/// The subcommand that the line reached.
const CLI::App& reached(const CLI::App& app) {
  return app.get_subcommands().empty() ? app : reached(*app.get_subcommands().front());
}

std::string help_of(const CLI::App& app) {
  std::string line = "--help";
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) line.insert(0, at->get_name() + " ");
  return line;
}

/// CLI11's help with each line broken to the terminal's width, what goes on below what it goes on from.
std::string fitted(const std::string& help) {
  constexpr std::size_t kColumn = 28;  // from an option's name to its description, as CLI11 sets them
  const std::size_t width = terminal_width();
  std::string out;
  for (std::size_t at = 0; at < help.size();) {
    const std::size_t end = std::min(help.find('\n', at), help.size());
    const std::string line = help.substr(at, end - at);
    at = end + 1;
    const std::size_t text = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t column = text + kColumn;
    const bool described = text >= 2 && line.size() > column && line[column - 1] == ' ';
    const std::size_t indent = described ? column : text;
    out += line.substr(0, indent) + wrapped(line.substr(indent), width - indent, indent) + "\n";
  }
  return out;
}

/// A word that no option and no argument took.
int unexpected(const CLI::App& app) {
  const std::string word = app.remaining().front();
  if (word.starts_with("-")) {
    return usage("unknown option '" + word + "'",
                 word.starts_with("--") ? suggestion(word.substr(0, word.find('=')), option_names(app), help_of(app))
                                        : "an argument that begins with '-' goes last, after '--'; " + help_of(app));
  }
  const std::vector<std::string> commands = command_names(app);
  if (commands.empty()) return usage("'" + word + "' is one argument too many", help_of(app));
  return usage("there is no command '" + word + "'", suggestion(word, commands, "commands: " + either(commands)));
}

class Program {
 public:
  Program() {
    app_.set_version_flag("--version", "roundoff " ROUNDOFF_VERSION);
    app_.require_subcommand(1);
    for (const Command& command : all_commands()) {
      CLI::App* sub = app_.add_subcommand(command.name, command.summary);
      run_[sub] = command.declare(*sub);
    }
  }

  int run(int argc, char** argv) {
    if (argc < 2) {
      say(fitted(app_.help()));
      return static_cast<int>(Code::usage);
    }
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      return shown(fitted(reached(app_).help()));
    } catch (const CLI::CallForVersion& version) {
      return shown(std::string(version.what()) + "\n");
    } catch (const CLI::ParseError& error) {
      if (!reached(app_).remaining().empty()) return unexpected(reached(app_));
      return usage(error.what(), help_of(reached(app_)));
    }
    const CLI::App* sub = app_.get_subcommands().front();
    const Result<int> code = run_[sub]();
    return code ? *code : fail(code.error());
  }

 private:
  static int shown(const std::string& text) {
    const Status printed = print(text);
    return printed ? 0 : fail(printed.error());
  }

  CLI::App app_{
      "Is it rounding, or is it a bug? Compares one numerical function across frameworks against its certified truth.",
      "roundoff"};
  std::map<const CLI::App*, std::function<Result<int>()>> run_;
};

}  // namespace
}  // namespace roundoff

int main(int argc, char** argv) {
  try {
    return roundoff::Program().run(argc, argv);
  } catch (const std::bad_alloc&) {
    roundoff::say("roundoff: there is not enough memory (use smaller inputs)");
    return static_cast<int>(roundoff::Code::resource);
  } catch (const std::exception& error) {
    roundoff::say(std::string("roundoff: internal error: ") + error.what());
    return static_cast<int>(roundoff::Code::environment);
  }
}
