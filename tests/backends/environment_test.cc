#include "backends/environment.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "backends/interpreters.h"
#include "base/subprocess.h"

namespace roundoff {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// A home, a working directory and a configuration of its own.
class Environments : public testing::Test {
 protected:
  void SetUp() override {
    root = fs::path(testing::TempDir()) /
           fmt::format("roundoff-env-{}-{}", getpid(), testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(root / "work/below");
    for (const char* name :
         {"ROUNDOFF_HOME", "XDG_DATA_HOME", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "CONDA_PREFIX", "HOME", "PATH"}) {
      const char* value = getenv(name);
      before.emplace_back(name, value == nullptr ? std::nullopt : std::optional<std::string>(value));
    }
    setenv("ROUNDOFF_HOME", (root / "home").c_str(), 1);
    back = fs::current_path();
    fs::current_path(root / "work/below");
  }
  void TearDown() override {
    fs::current_path(back);
    for (const auto& [name, value] : before) {
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }
    fs::remove_all(root);
  }

  fs::path write(const std::string& text, const std::string& name = "work/roundoff.toml") const {
    std::ofstream(root / name) << text;
    return root / name;
  }
  Error error_of(const std::string& text) const {
    const auto loaded = load_environments(write(text, "bad.toml"));
    EXPECT_FALSE(loaded.ok()) << text;
    return loaded.ok() ? Error{} : loaded.error();
  }
  // A program that claims to be a Python.
  void fake_python(const fs::path& path, const std::string& script) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    chmod(path.c_str(), 0755);
  }
  // No Python but those that a test makes.
  void hide_pythons() const {
    for (const char* name : {"HOME", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "CONDA_PREFIX", "XDG_DATA_HOME"})
      setenv(name, (root / name).c_str(), 1);
  }

  fs::path root, back;
  std::vector<std::pair<std::string, std::optional<std::string>>> before;
};

constexpr const char* kTwo = R"(
[env.zeta]
python = ["3.94", "3.95"]
packages = ["a==1", "b<2"]
frameworks = ["torch", "numpy"]
variables = { OMP_NUM_THREADS = "1" }

[env."alpha.1"]
python = "3.93"
installer = ["pip==21.3.1"]
packages = ["c==3"]
frameworks = ["numpy"]

[env.tests]
python = "3.93"
)";

TEST_F(Environments, AreReadInTheOrderOfTheFile) {
  write(kTwo);
  const auto loaded = load_environments();
  ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
  ASSERT_GE(loaded->size(), 3U);
  const Environment& zeta = (*loaded)[0];
  EXPECT_EQ(zeta.name, "zeta");
  EXPECT_THAT(zeta.python, ElementsAre("3.94", "3.95"));
  EXPECT_THAT(zeta.packages, ElementsAre("a==1", "b<2"));
  EXPECT_THAT(zeta.frameworks, ElementsAre("torch", "numpy"));
  EXPECT_EQ(zeta.variables.at("OMP_NUM_THREADS"), "1");
  EXPECT_EQ(zeta.interpreter, "");
  EXPECT_EQ(zeta.missing, "there is no Python 3.94 or 3.95 on this machine");
  EXPECT_THAT(zeta.remedy, AllOf(HasSubstr("pyenv install 3.94"), HasSubstr("roundoff env create zeta")));
  EXPECT_EQ(zeta.directory.parent_path(), root / "home");
  EXPECT_THAT(zeta.directory.filename().string(), testing::MatchesRegex("zeta-[0-9a-f]{12}"));
  EXPECT_EQ((*loaded)[1].name, "alpha.1");
  EXPECT_THAT((*loaded)[1].installer, ElementsAre("pip==21.3.1"));
  EXPECT_EQ((*loaded)[2].name, "tests");
  EXPECT_TRUE((*loaded)[2].frameworks.empty());
}

TEST_F(Environments, MoveWhenTheirDeclarationChanges) {
  const auto directory = [&](const std::string& text) {
    return load_environments(write(text, "one.toml"))->front().directory;
  };
  const std::string one = "[env.a]\npython = '3.93'\npackages = ['x==1']\n";
  EXPECT_EQ(directory(one), directory(one + "variables = { A = 'b' }\nframeworks = ['numpy']\n"));
  EXPECT_NE(directory(one), directory("[env.a]\npython = '3.93'\npackages = ['x==2']\n"));
  EXPECT_NE(directory(one), directory("[env.a]\npython = '3.92'\npackages = ['x==1']\n"));
  EXPECT_NE(directory("[env.a]\npython = '3.93'\npackages = ['x', 'y']\n"),
            directory("[env.a]\npython = '3.93'\ninstaller = ['x']\npackages = ['y']\n"));
}

TEST_F(Environments, CountAsMadeOnlyWithTheirMark) {
  const fs::path file = write("[env.a]\npython = '3.93'\nframeworks = ['numpy']\n");
  const fs::path directory = load_environments(file)->front().directory;
  fake_python(directory / "bin/python", "exit 0");
  EXPECT_EQ(load_environments(file)->front().interpreter, "");
  std::ofstream(directory / "complete") << "3.93.1\n";
  EXPECT_EQ(load_environments(file)->front().interpreter, directory / "bin/python");
  EXPECT_EQ(load_environments(file)->front().missing, "");
  fs::remove(directory / "bin/python");
  EXPECT_EQ(load_environments(file)->front().missing, "its Python was removed from this machine");
  EXPECT_EQ(load_environments(file)->front().remedy, "roundoff env create a");
}

TEST_F(Environments, ErrorsNameFileAndLine) {
  const auto place = [&](int line) { return (root / "bad.toml").string() + ":" + std::to_string(line); };
  Error e = error_of("[env.a]\npython = '3.11'\npackagse = []\n");
  EXPECT_EQ(e.code, Code::input);
  EXPECT_EQ(e.place, place(3));
  EXPECT_EQ(e.what, "'packagse' is not a key of an environment");
  EXPECT_EQ(e.remedy, "did you mean packages?");
  e = error_of("[env.a]\n\npython = 3.11\n");
  EXPECT_EQ(e.place, place(3));
  e = error_of("[env.a]\npython = 'three'\n");
  EXPECT_EQ(e.what, "'three' is no Python version");
  e = error_of("\n[env.a]\npackages = []\n");
  EXPECT_EQ(e.place, place(2));
  EXPECT_THAT(e.what, HasSubstr("does not say which Python"));
  e = error_of("[env.a]\npython = '3.11'\npackages = [\n 'x',\n '--index-url=http://evil',\n]\n");
  EXPECT_EQ(e.place, place(5));
  EXPECT_THAT(e.what, HasSubstr("is no package"));
  e = error_of("[env.a]\npython = '3.11'\nframeworks = ['nunpy']\n");
  EXPECT_EQ(e.what, "there is no adapter for 'nunpy'");
  EXPECT_EQ(e.remedy, "did you mean numpy?");
  e = error_of("[env.a]\npython = '3.11'\nvariables = { A = 1 }\n");
  EXPECT_EQ(e.what, "variable 'A' must be a string");
  e = error_of("[env.'../x']\npython = '3.11'\n");
  EXPECT_THAT(e.what, HasSubstr("cannot be an environment's name"));
  e = error_of("[env.python3]\npython = '3.11'\n");
  EXPECT_THAT(e.remedy, HasSubstr("the user's own"));
  EXPECT_THAT(error_of("env = 5\n").what, HasSubstr("must be a table"));
  EXPECT_THAT(error_of("[env]\na = 5\n").what, HasSubstr("must be a table"));
  EXPECT_THAT(error_of("[environment.a]\n").what, HasSubstr("'environment' is not a table"));
  e = error_of("[env.a]\npython = '3.11\n");
  EXPECT_THAT(e.place, HasSubstr("bad.toml:2:"));
  e = error_of("[env.a]\npython = '3.11'\n[env.a]\n");
  EXPECT_THAT(e.place, HasSubstr("bad.toml:3:"));
  EXPECT_FALSE(load_environments(root).ok());
  EXPECT_FALSE(load_environments(root / "absent.toml").ok());
  mkfifo((root / "fifo").c_str(), 0600);
  EXPECT_FALSE(load_environments(root / "fifo").ok());
}

TEST_F(Environments, HostileNestingIsAnError) {
  const Error e = error_of("a = " + std::string(500'000, '['));
  EXPECT_EQ(e.code, Code::input);
  EXPECT_LT(e.what.size(), 400U);
}

TEST_F(Environments, TheOwnPythonComesLastForWhatIsNotServed) {
  hide_pythons();
  const fs::path bin = root / "bin";
  setenv("PATH", (bin.string() + ":" + getenv("PATH")).c_str(), 1);
  fake_python(bin / "python3", "printf 'roundoff\\t/the/python\\t3.10\\tnumpy\\ttorch\\n'");
  write("[env.a]\npython = '3.93'\nframeworks = ['numpy']\n");
  auto loaded = load_environments();
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded->size(), 2U);
  EXPECT_EQ(loaded->back().name, "python3");
  EXPECT_EQ(loaded->back().interpreter, "/the/python");
  EXPECT_THAT(loaded->back().python, ElementsAre("3.10"));
  EXPECT_THAT(loaded->back().frameworks, ElementsAre("torch"));
  fake_python(bin / "python3", "printf 'roundoff\\t/the/python\\t3.10\\ttorch\\n'");  // no NumPy: no worker
  EXPECT_EQ(load_environments()->size(), 1U);
  fake_python(bin / "python3", "exit 1");
  EXPECT_EQ(load_environments()->size(), 1U);
}

TEST_F(Environments, InterpretersAreFoundWhereManagersPutThem) {
  hide_pythons();
  const std::string good = "echo roundoff CPython 3.93.";
  fake_python(root / "PYENV_ROOT/versions/3.93.2/bin/python3.93", good + "2");
  fake_python(root / "PYENV_ROOT/versions/3.93.10/bin/python3.93", good + "10");
  fake_python(root / "PYENV_ROOT/versions/13.93.10/bin/python3.93", "exit 1");
  fake_python(root / "PYENV_ROOT/shims/python3.93", "echo 'pyenv: python3.93: command not found' >&2; exit 127");
  fake_python(root / "UV_PYTHON_INSTALL_DIR/cpython-3.93.7-linux-x86_64-gnu/bin/python3.93", good + "7");
  fake_python(root / "HOME/miniconda3/envs/old/bin/python3.93", good + "1");
  setenv("PATH", ((root / "PYENV_ROOT/shims").string() + ":" + getenv("PATH")).c_str(), 1);
  EXPECT_THAT(interpreter_candidates("3.93"),
              ElementsAre(root / "PYENV_ROOT/versions/3.93.10/bin/python3.93",
                          root / "PYENV_ROOT/versions/3.93.2/bin/python3.93",
                          root / "UV_PYTHON_INSTALL_DIR/cpython-3.93.7-linux-x86_64-gnu/bin/python3.93",
                          root / "HOME/miniconda3/envs/old/bin/python3.93"));
  auto found = find_interpreter({"3.92", "3.93"});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->version, "3.93.10");
  fake_python(root / "PYENV_ROOT/versions/3.93.10/bin/python3.93", "echo roundoff PyPy 3.93.10");
  fake_python(root / "PYENV_ROOT/versions/3.93.2/bin/python3.93", "echo roundoff CPython 3.94.0");
  found = find_interpreter({"3.93"});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->version, "3.93.7");
}

TEST_F(Environments, ABrokenInterpreterIsNamed) {
  hide_pythons();
  fake_python(root / "PYENV_ROOT/versions/3.93.2/bin/python3.93",
              "echo \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1");
  const auto found = find_interpreter({"3.93"});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::environment);
  EXPECT_THAT(found.error().what, AllOf(HasSubstr("3.93.2/bin/python3.93"), HasSubstr("ensurepip")));
  EXPECT_THAT(found.error().remedy, HasSubstr("apt-get install python3.93-venv"));
}

// A Python that makes environments of shell scripts, and whose pip does as the package says.
constexpr const char* kFakePython = R"(
case "$*" in
  *platform*) echo roundoff CPython 3.93.1 ;;
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo made >> "$FAKE_LOG" ;;
  *"pip install"*) echo "pip $*" >> "$FAKE_LOG"
    case "$*" in
      *broken*) echo "Collecting broken"; echo "ERROR: No matching distribution found for broken"; echo "hint: none"; exit 1 ;;
      *slow*) sleep 1 ;;
      *cutoff*) kill -9 $$ ;;
    esac; echo "Collecting things" ;;
  "-c import "*) echo "import ${*#-c import } ${PYTHONDONTWRITEBYTECODE-unset}" >> "$FAKE_LOG"
    case "$*" in *torch*) echo "ImportError: libgomp.so.1: not found" >&2; exit 1 ;; esac ;;
esac)";

class Creation : public Environments {
 protected:
  void SetUp() override {
    Environments::SetUp();
    hide_pythons();
    fake_python(root / "PYENV_ROOT/versions/3.93.1/bin/python3.93", kFakePython);
    log = root / "log";
    setenv("FAKE_LOG", log.c_str(), 1);
  }
  Environment declared(const std::string& name, const std::string& packages, const std::string& more = "") const {
    const auto loaded = load_environments(
        write(fmt::format("[env.{}]\npython = ['3.94', '3.93']\npackages = [{}]\n{}", name, packages, more)));
    EXPECT_TRUE(loaded.ok());
    return loaded->front();
  }
  std::vector<std::string> logged() const {
    std::ifstream in(log);
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  fs::path log;
  std::vector<std::string> lines;
  std::function<void(const std::string&)> progress = [this](const std::string& line) { lines.push_back(line); };
};

TEST_F(Creation, InstallsTheInstallerFirstAndMarksTheEndLast) {
  const Environment e = declared("a", "'x==1', 'y<2'", "installer = ['pip==21.3.1']\n");
  EXPECT_EQ(e.missing, "environment a is not made");
  ASSERT_TRUE(create_environment(e, progress).ok());
  EXPECT_THAT(logged(), ElementsAre("made",
                                    AllOf(HasSubstr("-m pip install"), HasSubstr("--no-input"),
                                          testing::EndsWith(" pip==21.3.1")),
                                    testing::EndsWith(" x==1 y<2")));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("a: Python 3.93.1 from "), "a: Collecting things", "a: Collecting things",
                                 "a: made"));
  EXPECT_EQ(declared("a", "'x==1', 'y<2'", "installer = ['pip==21.3.1']\n").interpreter, e.directory / "bin/python");
  ASSERT_TRUE(create_environment(e, progress).ok());
  EXPECT_EQ(logged().size(), 3U);
  EXPECT_EQ(lines.back(), "a: is made");
}

TEST_F(Creation, SaysWhatFailedAndLeavesNothing) {
  const Environment e = declared("a", "'broken'");
  const Status status = create_environment(e, progress);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::environment);
  EXPECT_EQ(status.error().place, "environment a");
  EXPECT_EQ(status.error().what, "pip exited with status 1: No matching distribution found for broken");
  EXPECT_THAT(status.error().remedy, AllOf(HasSubstr("network"), HasSubstr("roundoff env create a")));
  EXPECT_FALSE(fs::exists(e.directory));
}

TEST_F(Creation, CompilesWhatIsImportedAndNothingElse) {
  setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
  const Environment e = declared("a", "'x'", "frameworks = ['numpy', 'numba']\n");
  ASSERT_TRUE(create_environment(e, progress).ok());
  unsetenv("PYTHONDONTWRITEBYTECODE");
  EXPECT_THAT(logged(), ElementsAre("made", HasSubstr(" --no-compile "), "import numpy, numba unset"));
}

TEST_F(Creation, AFrameworkThatCannotBeImportedIsNoEnvironment) {
  const Environment e = declared("a", "'x'", "frameworks = ['torch']\n");
  const Status status = create_environment(e, progress);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().what, "import torch exited with status 1: ImportError: libgomp.so.1: not found");
  EXPECT_THAT(status.error().remedy, AllOf(HasSubstr("processor"), HasSubstr("roundoff env create a")));
  EXPECT_FALSE(fs::exists(e.directory));
}

// A pip before 19 dies of the variable.
TEST_F(Creation, PassesOnThatPipShallKeepNoCache) {
  setenv("PIP_NO_CACHE_DIR", "1", 1);
  ASSERT_TRUE(create_environment(declared("a", "'x'"), progress).ok());
  unsetenv("PIP_NO_CACHE_DIR");
  EXPECT_THAT(logged(), ElementsAre("made", HasSubstr(" --no-cache-dir ")));
}

TEST_F(Creation, NamesTheSignal) {
  const Status status = create_environment(declared("a", "'cutoff'"), progress);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().what, "pip was killed by SIGKILL");
}

TEST_F(Creation, ACutOffOneIsMadeAnew) {
  const Environment e = declared("a", "'x'");
  fs::create_directories(e.directory / "bin");
  std::ofstream(e.directory / "leftover") << "half";
  ASSERT_TRUE(create_environment(e, progress).ok());
  EXPECT_FALSE(fs::exists(e.directory / "leftover"));
  EXPECT_TRUE(fs::exists(e.directory / "complete"));
}

TEST_F(Creation, TwoMakersOfOneDoItOnce) {
  const Environment e = declared("a", "'slow'");
  Status other;
  std::thread thread([&] { other = create_environment(e, {}); });
  const Status mine = create_environment(e, {});
  thread.join();
  EXPECT_TRUE(mine.ok() && other.ok());
  EXPECT_EQ(std::ranges::count(logged(), "made"), 1);
}

TEST_F(Creation, SeveralGoOnPastAFailure) {
  write(
      "[env.a]\npython = '3.93'\npackages = ['broken']\n[env.b]\npython = '3.93'\npackages = ['slow']\n"
      "[env.c]\npython = '3.93'\npackages = ['slow', 'c']\n[env.d]\npython = '3.99'\n");
  auto loaded = load_environments();
  ASSERT_TRUE(loaded.ok());
  loaded->resize(4);
  const auto statuses = create_environments(*loaded, progress);
  ASSERT_EQ(statuses.size(), 4U);
  EXPECT_FALSE(statuses[0].ok());
  EXPECT_TRUE(statuses[1].ok());
  EXPECT_TRUE(statuses[2].ok());
  EXPECT_THAT(statuses[3].error().what, HasSubstr("there is no Python 3.99"));
  EXPECT_THAT(statuses[3].error().remedy, HasSubstr("then: roundoff env create d"));
}

TEST(WorkersDirectory, HoldsTheAdapters) {
  const auto directory = workers_directory();
  ASSERT_TRUE(directory.ok());
  EXPECT_TRUE(fs::exists(*directory / "worker.py"));
  EXPECT_THAT(known_frameworks(), testing::IsSupersetOf({"numpy", "torch"}));
}

TEST(CheckedInDeclarations, AreSound) {
  const auto loaded = load_environments(ROUNDOFF_SOURCE_DIR "/roundoff.toml");
  ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
  std::vector<std::string> names, frameworks;
  for (const Environment& e : *loaded) {
    names.push_back(e.name);
    frameworks.insert(frameworks.end(), e.frameworks.begin(), e.frameworks.end());
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"numpy", "torch", "jax", "tf2", "tf1.15", "tf1.2", "pytensor"}));
  for (const std::string& framework : known_frameworks()) EXPECT_THAT(frameworks, testing::Contains(framework));
}

}  // namespace
}  // namespace roundoff
