#include "io/tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "io/npy.h"
#include "scratch.h"

namespace roundoff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Scratch;

const std::string kCorpus = std::string(ROUNDOFF_SOURCE_DIR) + "/tests/io/corpus/";

std::unique_ptr<TensorFile> opened(const std::string& path, const OpenOptions& options = {}) {
  auto file = open_tensors(path, options);
  EXPECT_TRUE(file.ok()) << to_string(file.error());
  return file.ok() ? std::move(*file) : nullptr;
}

std::vector<std::string> names(const TensorFile& file) {
  std::vector<std::string> all;
  for (const TensorInfo& info : file.tensors()) all.push_back(info.name);
  return all;
}

std::size_t index_of(const TensorFile& file, const std::string& name) {
  const auto all = names(file);
  const auto found = std::find(all.begin(), all.end(), name);
  EXPECT_NE(found, all.end()) << name;
  return static_cast<std::size_t>(found - all.begin());
}

std::vector<double> values(const TensorFile& file, std::size_t index = 0) {
  const auto array = read_tensor(file, index);
  EXPECT_TRUE(array.ok()) << to_string(array.error());
  std::vector<double> all;
  for (std::int64_t i = 0; array.ok() && i < array->size(); ++i) all.push_back(array->get(i));
  return all;
}

std::vector<double> values(const TensorFile& file, const std::string& name) {
  return values(file, index_of(file, name));
}

/// All bytes of a tensor, asked for in parts of `most`.
std::vector<std::byte> bytes_of(TensorReader& reader, std::size_t most) {
  std::vector<std::byte> all;
  while (true) {
    const auto part = reader.next(most);
    EXPECT_TRUE(part.ok()) << to_string(part.error());
    if (!part.ok() || part->empty()) return all;
    all.insert(all.end(), part->begin(), part->end());
  }
}

const std::vector<double> kTwelfths = {0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1.125, 1.25, 1.375};

// ---- formats

TEST(Tensors, NpyOfEveryOrder) {
  const auto file = opened(kCorpus + "npy/float64_fortran.npy");
  EXPECT_EQ(file->tensors()[0].name, "");
  EXPECT_EQ(file->tensors()[0].shape, (Shape{2, 3}));
  EXPECT_EQ(values(*file), (std::vector<double>{0, 1.5, 3, 4.5, 6, 7.5}));
  const auto both = opened(kCorpus + "npy/int16_big_endian_fortran.npy");
  for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(values(*both)[i], static_cast<double>(i));
  EXPECT_EQ(opened(kCorpus + "npy/complex.npy")->tensors()[0].type, (StoredType{DType::float64, true}));
  EXPECT_EQ(opened(kCorpus + "npy/empty.npy")->tensors()[0].count, 0);
  EXPECT_FALSE(open_tensors(kCorpus + "npy/bfloat16_ml_dtypes.npy", {}).ok());
  const OpenOptions bfloat16{.type = StoredType{DType::bfloat16}, .shape = {}, .further = {}};
  EXPECT_EQ(values(*opened(kCorpus + "npy/bfloat16_ml_dtypes.npy", bfloat16)),
            (std::vector<double>{1, -2.5, 3.140625}));
}

TEST(Tensors, NpzStoredDeflatedStreamedAndZip64) {
  const auto stored = opened(kCorpus + "npz/stored.npz");
  EXPECT_THAT(names(*stored), ElementsAre("a", "b", "scalar"));
  EXPECT_EQ(values(*stored, "a"), kTwelfths);
  EXPECT_EQ(values(*stored, "scalar"), std::vector<double>{2.5});
  const auto deflated = opened(kCorpus + "npz/deflated.npz");
  EXPECT_EQ(values(*deflated, "a"), kTwelfths);
  EXPECT_EQ(values(*deflated, "fortran"), kTwelfths);
  EXPECT_EQ(values(*deflated, "zeros"), std::vector<double>(4096, 0));
  EXPECT_EQ(values(*deflated, "big"), (std::vector<double>{0, 1, 2, 3, 4}));
  EXPECT_EQ(values(*opened(kCorpus + "npz/streamed.npz"), "streamed"), kTwelfths);
  const auto zip64 = opened(kCorpus + "npz/zip64.npz");
  EXPECT_EQ(values(*zip64, "a"), kTwelfths);
  EXPECT_THAT(std::vector<std::string>(zip64->notes().begin(), zip64->notes().end()), ElementsAre(HasSubstr("README")));
  EXPECT_TRUE(names(*opened(kCorpus + "npz/empty.npz")).empty());
  const auto complex = opened(kCorpus + "npz/complex.npz");
  EXPECT_EQ(name_of(complex->tensors()[index_of(*complex, "layer/0.w")].type), "complex64");
  EXPECT_FALSE(read_tensor(*complex, 0).ok());
}

TEST(Tensors, SafetensorsOfEveryDtype) {
  const auto file = opened(kCorpus + "safetensors/dtypes.safetensors");
  const std::map<std::string, std::vector<double>> expected = {{"bf16", {1, -2.5}},
                                                               {"e4m3", {448, -0.0, 0.0625}},
                                                               {"e5m2", {57344, INFINITY}},
                                                               {"f16", {1.5}},
                                                               {"f32", kTwelfths},
                                                               {"f64", {0.1}},
                                                               {"bool", {1, 0}},
                                                               {"empty", {}},
                                                               {"i8", {-1, 2}},
                                                               {"i16", {-1, 2}},
                                                               {"i32", {-1, 2}},
                                                               {"i64", {-1, 2}},
                                                               {"u8", {255, 3}},
                                                               {"u16", {65535, 3}},
                                                               {"u32", {4294967295, 3}},
                                                               {"u64", {0x1p64, 3}}};
  EXPECT_EQ(file->tensors().size(), expected.size());
  for (const auto& [name, want] : expected) EXPECT_EQ(values(*file, name), want) << name;
  EXPECT_EQ(file->tensors()[index_of(*file, "e4m3")].type.dtype, DType::float8_e4m3fn);
  EXPECT_TRUE(opened(kCorpus + "safetensors/empty.safetensors")->tensors().empty());
}

TEST(Tensors, OnnxInRawAndTypedFields) {
  EXPECT_EQ(values(*opened(kCorpus + "onnx/raw_float.pb")), kTwelfths);
  EXPECT_EQ(values(*opened(kCorpus + "onnx/scalar.pb")), std::vector<double>{7});
  EXPECT_EQ(values(*opened(kCorpus + "onnx/unpacked.pb")), (std::vector<double>{1, 2}));
  const std::map<std::string, std::vector<double>> expected = {{"float", {1.5, -2, 0, 3.25}},
                                                               {"double", {0.1, 1, 2, 3}},
                                                               {"int32", {-5, 1, 2, 2147483647}},
                                                               {"int64", {-5, 0x1p62, 0, 1}},
                                                               {"int8", {-128, 127, 0, 1}},
                                                               {"uint8", {1, 0, 3, 250}},
                                                               {"int16", {-7, 8, 9, 1}},
                                                               {"uint16", {65535, 0, 1, 2}},
                                                               {"uint32", {4294967295, 0, 1, 2}},
                                                               {"uint64", {0x1p64, 0, 1, 2}},
                                                               {"bool", {1, 0, 1, 1}},
                                                               {"float16", {1.5, 2, 65504, -0.0}},
                                                               {"bfloat16", {1.5, 2, 3, -4}},
                                                               {"float8_e4m3fn", {1, 2, 448, -1}},
                                                               {"float8_e5m2", {1, 2, 57344, -1}}};
  for (const auto& [name, want] : expected) {
    const auto file = opened(kCorpus + "onnx/typed_" + name + ".pb");
    EXPECT_EQ(values(*file), want) << name;
    EXPECT_EQ(file->tensors()[0].shape, (Shape{2, 2}));
  }
  const auto complex = opened(kCorpus + "onnx/typed_complex64.pb");
  EXPECT_EQ(complex->tensors()[0].bytes, 32);
  EXPECT_EQ(bytes_of(**complex->open(0), 8).size(), 32U);
}

TEST(Tensors, RawNeedsADtypeAndMayHaveAShape) {
  const Scratch scratch;
  const std::string path = scratch.write("a.bin", std::string("\0\0\x80\x3f\0\0\0\xc0", 8));
  EXPECT_FALSE(open_tensors(path, {}).ok());
  OpenOptions options{.type = StoredType{DType::float32}, .shape = {}, .further = {}};
  EXPECT_EQ(values(*opened(path, options)), (std::vector<double>{1, -2}));
  options.shape = Shape{2, 1};
  EXPECT_EQ(opened(path, options)->tensors()[0].shape, (Shape{2, 1}));
  options.shape = Shape{3};
  EXPECT_THAT(open_tensors(path, options).error().what, HasSubstr("holds 2 elements"));
  options = {.type = StoredType{DType::float64, true}, .shape = {}, .further = {}};
  EXPECT_THAT(open_tensors(path, options).error().what, HasSubstr("no whole number of complex128"));
}

TEST(Tensors, ContentIsStrongerThanTheExtension) {
  const Scratch scratch;
  const auto copy = [&](const std::string& from, const std::string& to) {
    return scratch.write(to, testing::contents(kCorpus + from));
  };
  EXPECT_EQ(values(*opened(copy("npy/float32.npy", "a.pb"))).size(), 6U);
  EXPECT_EQ(values(*opened(copy("npz/stored.npz", "b.npy")), "a"), kTwelfths);
  EXPECT_EQ(values(*opened(copy("safetensors/two.safetensors", "c")), "w"), kTwelfths);
  EXPECT_THAT(open_tensors(scratch.write("d.txt", "hello"), {}).error().what, HasSubstr("no known format"));
  EXPECT_THAT(open_tensors(scratch.write("e.npz", "hello"), {}).error().what, HasSubstr("end-of-archive"));
}

// ---- directories

TEST(Directory, NamesArePathsWithoutExtensionUnlessTwoWouldBeTheSame) {
  const Scratch scratch;
  std::filesystem::create_directories(scratch.path("layer/deep"));
  const auto copy = [&](const std::string& from, const std::string& to) {
    scratch.write(to, testing::contents(kCorpus + from));
  };
  copy("npy/float32.npy", "layer/a.npy");
  copy("npz/stored.npz", "layer/b.npz");
  copy("onnx/scalar.pb", "layer/deep/c.pb");
  copy("npy/float32.npy", "layer/d.npy");
  copy("onnx/scalar.pb", "layer/d.pb");
  scratch.write("README.txt", "no tensor");
  ASSERT_EQ(mkfifo(scratch.path("pipe.npy").c_str(), 0600), 0);
  std::filesystem::create_directory_symlink(scratch.path("layer"), scratch.path("loop"));
  std::filesystem::create_symlink("layer/a.npy", scratch.path("linked.npy"));
  const auto file = opened(scratch.folder().string());
  EXPECT_THAT(names(*file), ElementsAre("layer/a", "layer/b/a", "layer/b/b", "layer/b/scalar", "layer/d.npy",
                                        "layer/d.pb", "layer/deep/c", "linked"));
  EXPECT_EQ(values(*file, "layer/b/a"), kTwelfths);
  EXPECT_EQ(values(*file, "layer/deep/c"), std::vector<double>{7});
  const std::vector<std::string> notes(file->notes().begin(), file->notes().end());
  EXPECT_THAT(notes, ElementsAre(HasSubstr("README.txt"), HasSubstr("loop"), HasSubstr("pipe.npy")));
}

TEST(Directory, AnyNumberOfFilesTakesFewDescriptors) {
  const Scratch scratch;
  for (int i = 0; i < 1500; ++i) {
    Array a = Array::make(DType::float32, {2}).value();
    a.set(0, i);
    const std::string preamble = npy_preamble(DType::float32, {2});
    scratch.write(std::to_string(i) + ".npy",
                  preamble + std::string(reinterpret_cast<const char*>(a.bytes().data()), a.bytes().size()));
  }
  const auto file = opened(scratch.folder().string());
  ASSERT_EQ(file->tensors().size(), 1500U);
  for (std::size_t i = 0; i < 1500; i += 7) EXPECT_EQ(values(*file, i)[0], std::stod(file->tensors()[i].name));
}

TEST(Directory, ATensorThatChangesAfterTheListingIsAnError) {
  const Scratch scratch;
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(write_npy(scratch.path(std::to_string(i) + ".npy"), Array::make(DType::float32, {2}).value()).ok());
  const auto file = opened(scratch.folder().string());
  ASSERT_TRUE(write_npy(scratch.path("0.npy"), Array::make(DType::float32, {3}).value()).ok());
  const auto reader = file->open(0);
  ASSERT_FALSE(reader.ok());
  EXPECT_THAT(reader.error().what, HasSubstr("no longer"));
}

// ---- readers

TEST(Readers, FortranOrderInPartsOfAnySize) {
  const Scratch scratch;
  for (const Shape& shape : {Shape{1}, Shape{5, 1}, Shape{1, 7}, Shape{3, 5}, Shape{4, 1, 6, 2}, Shape{131, 67, 3}}) {
    std::int64_t count = 1;
    std::string sizes;
    for (const std::int64_t size : shape) {
      count *= size;
      sizes += std::to_string(size) + ", ";
    }
    std::string text = "{'descr': '<i4', 'fortran_order': True, 'shape': (" + sizes + "), }\n";
    std::string file = "\x93NUMPY\x01" + std::string(1, '\0') + static_cast<char>(text.size()) + '\0' + text;
    std::vector<std::int32_t> fortran(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {  // element i of C order holds i
      std::int64_t at = 0, stride = 1, rest = i, inner = count;
      for (const std::int64_t size : shape) {
        inner /= size;
        at += rest / inner * stride;
        rest %= inner;
        stride *= size;
      }
      fortran[static_cast<std::size_t>(at)] = static_cast<std::int32_t>(i);
    }
    file.append(reinterpret_cast<const char*>(fortran.data()), fortran.size() * sizeof(std::int32_t));
    const auto tensors = opened(scratch.write("f.npy", file));
    for (const std::size_t most : {std::size_t{1}, std::size_t{12}, std::size_t{1} << 20}) {
      const auto all = bytes_of(**tensors->open(0), most);
      ASSERT_EQ(all.size(), fortran.size() * 4);
      for (std::int64_t i = 0; i < count; ++i) {
        std::int32_t value = 0;
        std::memcpy(&value, all.data() + 4 * i, 4);
        ASSERT_EQ(value, i) << to_string(shape);
      }
    }
  }
}

TEST(Readers, SeekGoesAnywhereInEveryFormat) {
  for (const auto& [path, name] : std::vector<std::pair<std::string, std::string>>{{"npz/stored.npz", "a"},
                                                                                   {"npz/deflated.npz", "a"},
                                                                                   {"npz/deflated.npz", "fortran"},
                                                                                   {"safetensors/two.safetensors", "w"},
                                                                                   {"onnx/typed_float.pb", ""},
                                                                                   {"npy/float32_big_endian.npy", ""},
                                                                                   {"npy/float64_fortran.npy", ""}}) {
    const auto file = opened(kCorpus + path);
    const std::size_t index = index_of(*file, name);
    const std::size_t size = file->tensors()[index].type.size();
    auto reader = file->open(index);
    ASSERT_TRUE(reader.ok());
    const auto all = bytes_of(**reader, 1000);
    for (const std::int64_t element : {3, 1, 2, 0}) {
      ASSERT_TRUE((*reader)->seek(element).ok());
      const auto rest = bytes_of(**reader, 5);
      EXPECT_TRUE(
          std::equal(rest.begin(), rest.end(), all.begin() + element * static_cast<std::int64_t>(size), all.end()))
          << path;
    }
  }
}

TEST(Readers, AMappedTensorIsTheFileItselfAndOutlivesIt) {
  const auto file = open_tensors(kCorpus + "safetensors/two.safetensors", {});
  auto reader = (*file)->open(index_of(**file, "w"));
  const auto first = (*reader)->next(4);
  const auto second = (*reader)->next(4);
  EXPECT_EQ(second->data(), first->data() + 4);
}

TEST(Readers, ATensorOf64GibibytesIsReadWhereItLies) {
  const Scratch scratch;
  const std::int64_t count = std::int64_t{1} << 34;
  const std::string preamble = npy_preamble(DType::float32, {count});
  const std::string path = scratch.write("sparse.npy", preamble);
  std::error_code code;
  std::filesystem::resize_file(path, preamble.size() + 4 * static_cast<std::uintmax_t>(count), code);
  if (code) GTEST_SKIP() << "no file of 64 GiB here: " << code.message();
  const auto file = opened(path);
  EXPECT_EQ(file->tensors()[0].bytes, std::int64_t{64} << 30);
  auto reader = file->open(0);
  ASSERT_TRUE((*reader)->seek(count - 3).ok());
  EXPECT_EQ(bytes_of(**reader, 1 << 20), std::vector<std::byte>(12));
  EXPECT_FALSE(read_tensor(*file, 0).ok());  // an Array would be the whole of it in memory
}

TEST(Readers, ThreadsShareOneTensor) {
  const Scratch scratch;
  Array a = Array::make(DType::float64, {1 << 16}).value();
  for (std::int64_t i = 0; i < a.size(); ++i) a.set(i, static_cast<double>(i));
  ASSERT_TRUE(write_npy(scratch.path("a.npy"), a).ok());
  const auto file = opened(scratch.path("a.npy"));
  std::vector<double> sums(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      auto reader = file->open(0);
      const std::int64_t quarter = a.size() / 4;
      if (!(*reader)->seek(static_cast<std::int64_t>(t) * quarter).ok()) return;
      const auto part = (*reader)->next(static_cast<std::size_t>(quarter) * 8);
      for (std::size_t i = 0; i < part->size(); i += 8) {
        double x = 0;
        std::memcpy(&x, part->data() + i, 8);
        sums[t] += x;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sums[0] + sums[1] + sums[2] + sums[3], 65535.0 * 32768);
}

TEST(Readers, AFormatGivenByTheCallerIsTriedWithTheOthers) {
  const Scratch scratch;
  OpenOptions options;
  options.further.push_back(
      {.name = "other",
       .summary = "",
       .fit =
           [](const Candidate& c, const OpenOptions&) {
             return c.extension == ".pt" && c.beginning.starts_with("PK") ? Fit::content_and_name : Fit::none;
           },
       .open = [](const std::string& path, const OpenOptions&) -> Result<std::unique_ptr<TensorFile>> {
         return Error{Code::worker, "asked", path, ""};
       }});
  const std::string zip = testing::contents(kCorpus + "npz/stored.npz");
  EXPECT_EQ(open_tensors(scratch.write("a.pt", zip), options).error().what, "asked");
  EXPECT_TRUE(open_tensors(scratch.write("a.npz", zip), options).ok());
}

}  // namespace
}  // namespace roundoff
