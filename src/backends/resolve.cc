#include "backends/resolve.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace roundoff {
namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

}  // namespace

std::string BackendName::str() const {
  return framework + (environment.empty() ? "" : "@" + environment) + (mode.empty() ? "" : ":" + mode);
}

Result<BackendName> parse_backend_name(std::string_view text) {
  std::string_view rest = text;
  BackendName name;
  const auto cut = [&](char mark, std::string& part) {
    const std::size_t at = rest.find(mark);
    if (at == std::string_view::npos) return true;
    part = rest.substr(at + 1);
    rest = rest.substr(0, at);
    return is_name(part);
  };
  const bool good = cut(':', name.mode) && cut('@', name.environment) && is_name(rest);
  if (!good)
    return Error{Code::usage, fmt::format("'{}' is no backend", text), "",
                 "FRAMEWORK[@ENVIRONMENT][:MODE], as in tensorflow@tf1.2:session"};
  name.framework = rest;
  return name;
}

namespace {

const NativeLibrary* find_native(const std::string& name) {
  const auto& all = native_libraries();
  const auto found = std::ranges::find(all, name, &NativeLibrary::name);
  return found != all.end() ? &*found : nullptr;
}

bool serves(const Environment& e, const std::string& framework) {
  return std::ranges::find(e.frameworks, framework) != e.frameworks.end();
}

// Environments by name and framework.
class Catalogue {
 public:
  explicit Catalogue(const std::vector<Environment>& environments) : environments_(environments) {}

  [[nodiscard]] Status add(const BackendName& name, Selection& selection) const {
    if (const NativeLibrary* native = find_native(name.framework)) return add_native(name, *native, selection);
    if (!is_framework(name.framework)) return unknown_framework(name);
    if (!name.environment.empty()) {
      ROUNDOFF_TRY(const Environment* e, environment_of(name));
      place(name, *e, selection);
    } else if (const Environment* e = first(name.framework, true);
               e != nullptr || (e = first(name.framework, false)) != nullptr) {
      place(name, *e, selection);
    } else {
      skip(selection, {name.str(), "no environment here serves " + name.framework,
                       "install it for your python3, or declare an environment in roundoff.toml", false});
    }
    return {};
  }

  void place(const BackendName& asked, const Environment& e, Selection& selection) const {
    // The framework's own environment goes without saying.
    const BackendName label{asked.framework, &e == first(asked.framework, false) ? "" : e.name, asked.mode};
    if (e.interpreter.empty()) return skip(selection, {label.str(), e.missing, e.remedy, false});
    const BackendName name{asked.framework, e.name, asked.mode};
    const auto same = [&](const Resolved& other) { return other.name == name; };
    if (std::ranges::none_of(selection.backends, same)) selection.backends.push_back({name, label.str(), nullptr});
  }

 private:
  static void skip(Selection& selection, Skipped skipped) {
    const auto same = [&](const Skipped& other) { return other.name == skipped.name; };
    if (std::ranges::none_of(selection.skipped, same)) selection.skipped.push_back(std::move(skipped));
  }

  static Status add_native(const BackendName& name, const NativeLibrary& native, Selection& selection) {
    if (name != BackendName{native.name, "", ""}) {
      return Error{Code::usage,
                   fmt::format("'{}': {} is part of this program and has neither environments nor modes", name.str(),
                               native.name),
                   "", native.name};
    }
    const auto same = [&](const Resolved& other) { return other.native == &native; };
    if (std::ranges::none_of(selection.backends, same)) selection.backends.push_back({name, native.name, &native});
    return {};
  }

  // The first environment, usable or not, that serves it.
  [[nodiscard]] const Environment* first(const std::string& framework, bool usable) const {
    const auto fits = [&](const Environment& e) { return serves(e, framework) && (!usable || !e.interpreter.empty()); };
    const auto found = std::ranges::find_if(environments_, fits);
    return found != environments_.end() ? &*found : nullptr;
  }

  [[nodiscard]] bool is_framework(const std::string& name) const {
    const std::vector<std::string> known = known_frameworks();
    return first(name, false) != nullptr || std::ranges::find(known, name) != known.end();
  }

  [[nodiscard]] Error unknown_framework(const BackendName& name) const {
    std::vector<std::string> names = known_frameworks();
    for (const NativeLibrary& native : native_libraries()) names.push_back(native.name);
    const auto near = nearest(name.framework, names);
    return {Code::usage, fmt::format("there is no backend '{}'", name.str()), "",
            near.empty() ? "known: " + either(names) : fmt::format("did you mean {}?", either(near))};
  }

  [[nodiscard]] Result<const Environment*> environment_of(const BackendName& name) const {
    std::vector<std::string> names;
    for (const Environment& e : environments_) {
      if (e.name == name.environment && serves(e, name.framework)) return &e;
      if (e.name == name.environment) {
        return Error{Code::usage,
                     fmt::format("'{}': environment {} does not serve {}", name.str(), e.name, name.framework), "",
                     "it serves " + either(e.frameworks)};
      }
      names.push_back(e.name);
    }
    const auto near = nearest(name.environment, names);
    return Error{Code::usage, fmt::format("'{}': there is no environment '{}'", name.str(), name.environment), "",
                 near.empty() ? "known: " + either(names) : fmt::format("did you mean {}?", either(near))};
  }

  const std::vector<Environment>& environments_;
};

}  // namespace

Result<Selection> resolve(const std::vector<BackendName>& names, const std::vector<Environment>& environments) {
  const Catalogue catalogue(environments);
  Selection selection;
  for (const BackendName& name : names) ROUNDOFF_CHECK(catalogue.add(name, selection));
  return selection;
}

Selection default_selection(const std::vector<Environment>& environments) {
  const Catalogue catalogue(environments);
  Selection selection;
  for (const NativeLibrary& native : native_libraries())
    selection.backends.push_back({{native.name, "", ""}, native.name, &native});
  for (const Environment& e : environments) {
    for (const std::string& framework : e.frameworks) catalogue.place({framework, "", ""}, e, selection);
  }
  return selection;
}

}  // namespace roundoff
