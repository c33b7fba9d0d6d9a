// Files made to deceive, and broken ones: each is refused with its place and a remedy, in bounded memory and time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "io/npy.h"
#include "io/tensors.h"
#include "scratch.h"
#include "zip_writer.h"

namespace roundoff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Scratch;
using testing::ZipPart;
using testing::ZipWriter;

/// Opens a file and reads all of it; the error, which must be about the input and say where and what to do.
std::string refusal(const std::string& path, const OpenOptions& options = {}) {
  const auto start = std::chrono::steady_clock::now();
  const auto read = [&]() -> Status {
    ROUNDOFF_TRY(const auto file, open_tensors(path, options));
    for (std::size_t i = 0; i < file->tensors().size(); ++i) {
      ROUNDOFF_TRY(const auto reader, file->open(i));
      while (true) {
        ROUNDOFF_TRY(const auto part, reader->next(std::size_t{1} << 20));
        if (part.empty()) break;
      }
    }
    return {};
  };
  const Status status = read();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << path;
  if (status.ok()) return "no error";
  EXPECT_EQ(status.error().code, Code::input) << to_string(status.error());
  EXPECT_FALSE(status.error().remedy.empty());
  EXPECT_THAT(status.error().place, HasSubstr(std::filesystem::path(path).filename().string()));
  return to_string(status.error());
}

std::string npy(const std::string& header, const std::string& data) {
  return std::string("\x93NUMPY\x01\x00", 8) + ZipWriter::number(header.size(), 2) + header + data;
}
std::string npy_header(const std::string& descr, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }\n";
}
const std::string kTwo = npy(npy_header("'<f4'", "(2,)"), std::string(8, '\1'));

class Hostile : public ::testing::Test {
 protected:
  std::string npy_says(const std::string& bytes) { return refusal(scratch_.write("x.npy", bytes)); }
  std::string zip_says(const std::vector<ZipPart>& parts, const ZipWriter& writer = {}) {
    return refusal(scratch_.write("x.npz", writer.write(parts)));
  }
  std::string safetensors_says(const std::string& header, const std::string& data) {
    return refusal(scratch_.write("x.safetensors", ZipWriter::number(header.size(), 8) + header + data));
  }
  std::string pb_says(const std::string& message) { return refusal(scratch_.write("x.pb", message)); }
  Scratch scratch_;
};

// ---- .npy

TEST_F(Hostile, NpyHeaderLengthsAndCode) {
  EXPECT_THAT(npy_says(std::string("\x93NUMPY\x02\x00\xf0\xff\xff\xff{", 13)),
              AllOf(HasSubstr("4294967280"), HasSubstr("limit is 65535"), HasSubstr("byte 8")));
  EXPECT_THAT(npy_says(std::string("\x93NUMPY\x01\x00\xff\xff{'descr'", 18)), HasSubstr("has only 8 more"));
  EXPECT_THAT(npy_says(npy("__import__('os').system('true')", "")), HasSubstr("'{' belongs"));
  EXPECT_THAT(npy_says(npy(npy_header("'|O'", "(1,)"), "\x80\x04K\x01.")), HasSubstr("Python objects"));
  EXPECT_THAT(npy_says(npy(npy_header("[('a', '<i4'), ('b', '|O')]", "(1,)"), "")), HasSubstr("structured"));
}

TEST_F(Hostile, NpyShapesThatWrap) {
  const std::string four(4, '\0');
  EXPECT_THAT(npy_says(npy(npy_header("'<f4'", "(4294967296, 4294967296)"), four)), HasSubstr("2^48"));
  EXPECT_THAT(npy_says(npy(npy_header("'<f4'", "(0, 4611686018427387904, 4)"), "")), HasSubstr("2^48"));
  EXPECT_THAT(npy_says(npy(npy_header("'<f8'", "(1099511627776,)"), four)), HasSubstr("cut short"));
}

TEST_F(Hostile, NpyCutOrFollowedByData) {
  EXPECT_THAT(npy_says(kTwo.substr(0, kTwo.size() - 1)), HasSubstr("cut short"));
  EXPECT_THAT(npy_says(kTwo + "x"), HasSubstr("1 bytes follow"));
  for (std::size_t size = 1; size < kTwo.size(); ++size) EXPECT_NE(npy_says(kTwo.substr(0, size)), "no error");
}

// ---- .npz

TEST_F(Hostile, ZipNames) {
  const auto named = [&](const std::string& name) { return zip_says({{.name = name, .data = kTwo}}); };
  EXPECT_EQ(named("a.npy"), "no error");
  EXPECT_EQ(named("folder/a..b.npy"), "no error");
  EXPECT_THAT(named("../a.npy"), HasSubstr("leaves the archive"));
  EXPECT_THAT(named("a/../../b.npy"), HasSubstr("leaves the archive"));
  EXPECT_THAT(named("/etc/a.npy"), HasSubstr("no relative path"));
  EXPECT_THAT(named("C:\\a.npy"), HasSubstr("no relative path"));
  EXPECT_THAT(named(std::string("a\0.npy", 6)), HasSubstr("NUL"));
  EXPECT_THAT(named("a\xff.npy"), HasSubstr("not UTF-8"));
  EXPECT_THAT(named(""), HasSubstr("no name"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo}, {.name = "a.npy", .data = kTwo}}), HasSubstr("two members"));
}

TEST_F(Hostile, ZipMembersAreNamedInErrors) {
  const std::string object = npy(npy_header("'|O'", "(1,)"), "\x80\x04K\x01.");
  EXPECT_THAT(zip_says({{.name = "good.npy", .data = kTwo}, {.name = "bad.npy", .data = object}}),
              AllOf(HasSubstr("member 'bad.npy'"), HasSubstr("Python objects")));
  EXPECT_THAT(zip_says({{.name = "bad.npy", .data = "no array"}}), HasSubstr("is no .npy file"));
}

TEST_F(Hostile, ZipHeadersThatDisagree) {
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo, .local_name = "b.npy"}}), HasSubstr("disagree on its name"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo, .local_size = 7}}), HasSubstr("disagree on its size"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo, .size = 7}}), HasSubstr("two sizes"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo, .offset = 3}}), HasSubstr("no header where"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo, .offset = 0xfffffff0}}), HasSubstr("no header where"));
}

TEST_F(Hostile, ZipChecksumsAndEncryption) {
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo, .crc = 1}}),
              AllOf(HasSubstr("CRC-32"), HasSubstr("member 'a.npy'"), HasSubstr("00000001")));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo, .flags = 1}}), HasSubstr("encrypted"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo, .method = 14}}), HasSubstr("method 14"));
  std::string flipped = ZipWriter().write({{.name = "a.npy", .data = kTwo}});
  flipped[35 + kTwo.size() - 1] = '\2';  // in the array's data
  EXPECT_THAT(refusal(scratch_.write("x.npz", flipped)), HasSubstr("CRC-32"));
}

TEST_F(Hostile, ZipMembersThatOverlap) {
  // Two entries of the directory on one local header.
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo}, {.name = "b.npy", .data = kTwo, .offset = 0}}),
              HasSubstr("disagree on its name"));
  // A member whose data holds another, whole.
  const std::string inner = ZipWriter().write({{.name = "b.npy", .data = kTwo}});
  const std::string quoted = inner.substr(0, inner.find("PK\x01\x02"));
  const auto at = static_cast<std::uint32_t>(35);
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = quoted}, {.name = "b.npy", .data = kTwo, .offset = at}}),
              HasSubstr("share these bytes"));
}

TEST_F(Hostile, ZipDirectories) {
  EXPECT_THAT(refusal(scratch_.write("x.npz", "PK\x03\x04")), HasSubstr("end-of-archive"));
  const std::string whole = ZipWriter().write({{.name = "a.npy", .data = kTwo}});
  EXPECT_THAT(refusal(scratch_.write("x.npz", whole + "trailing")), HasSubstr("end-of-archive"));
  EXPECT_THAT(refusal(scratch_.write("x.npz", whole.substr(0, whole.size() - 1))), HasSubstr("end-of-archive"));
  EXPECT_THAT(refusal(scratch_.write("x.npz", "PK\x03\x04" + whole)), HasSubstr("directory is stated"));
  ZipWriter more, fewer, elsewhere, between;
  more.count = 2;
  fewer.count = 0;
  elsewhere.directory_begin = 0xfffffff0;
  between.before_end = "gap";
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo}}, more), HasSubstr("fewer than its 2"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo}}, fewer), HasSubstr("more than its 0"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo}}, elsewhere), HasSubstr("directory is stated"));
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = kTwo}}, between), HasSubstr("directory is stated"));
}

TEST_F(Hostile, DeflatedDataOfAnotherSize) {
  const auto packed = [&](const std::string& data, std::uint32_t size) {
    return zip_says({{.name = "a.npy", .data = data, .method = 8, .crc = 0, .size = size}});
  };
  const std::string good = ZipWriter::deflated(kTwo);
  const auto size = static_cast<std::uint32_t>(kTwo.size());
  EXPECT_THAT(packed(good, size), HasSubstr("CRC-32"));
  EXPECT_THAT(packed(good, size - 1), HasSubstr("cut short"));
  EXPECT_THAT(packed(good, size + 1), HasSubstr("1 bytes follow"));
  EXPECT_THAT(packed(good + "more", size), HasSubstr("ends before its stated size"));
  EXPECT_THAT(packed(good.substr(0, good.size() - 2), size), HasSubstr("ends too early"));
  EXPECT_THAT(packed("\xff\xff\xff\xff", size), HasSubstr("cannot be inflated"));
}

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST_F(Hostile, ZipBombs) {
  // One member of 3 GiB of zeros in 3 MB, as deflate's own limit of 1030 : 1 gives it.
  const std::string header = npy(npy_header("'|u1'", "(3221225472,)"), "");
  const std::uint64_t zeros = std::uint64_t{3} << 30;
  std::string data;
  {
    const std::string piece(1 << 20, '\0');
    z_stream z{};
    deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::vector<char> out(1 << 20);
    const auto feed = [&](const std::string& text, int flush) {
      z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
      z.avail_in = static_cast<uInt>(text.size());
      do {
        z.next_out = reinterpret_cast<Bytef*>(out.data());
        z.avail_out = static_cast<uInt>(out.size());
        deflate(&z, flush);
        data.append(out.data(), out.size() - z.avail_out);
      } while (z.avail_out == 0);
    };
    feed(header, Z_NO_FLUSH);
    // The same piece of deflated zeros again and again: a full flush makes it independent of what stands before it.
    feed(piece, Z_FULL_FLUSH);
    const std::size_t mark = data.size();
    feed(piece, Z_FULL_FLUSH);
    const std::string one = data.substr(mark);
    for (std::uint64_t at = 2; at < zeros >> 20; ++at) data += one;
    feed("", Z_FINISH);
    deflateEnd(&z);
  }
  const long before = peak_kilobytes();
  EXPECT_THAT(zip_says({{.name = "a.npy",
                         .data = data,
                         .method = 8,
                         .crc = 0,
                         .size = static_cast<std::uint32_t>(zeros + header.size())}}),
              AllOf(HasSubstr("limit beyond 1 GiB is 500 times"), HasSubstr("inflate to")));
  // A member that inflates beyond what it states ends there.
  EXPECT_THAT(zip_says({{.name = "a.npy", .data = data, .method = 8, .crc = 0, .size = 1000}}), HasSubstr("cut short"));
  EXPECT_LT(peak_kilobytes() - before, 100 << 10);
}

// ---- safetensors

TEST_F(Hostile, SafetensorsHeaders) {
  EXPECT_THAT(refusal(scratch_.write("x.safetensors", ZipWriter::number(100'000'001, 8) + "{}")),
              AllOf(HasSubstr("100000001"), HasSubstr("limit is 100000000"), HasSubstr("byte 0")));
  EXPECT_THAT(refusal(scratch_.write("x.safetensors", ZipWriter::number(3, 8) + "{}")), HasSubstr("has only 2 more"));
  EXPECT_THAT(refusal(scratch_.write("x.safetensors", ZipWriter::number(~std::uint64_t{0}, 8) + "{}")),
              HasSubstr("18446744073709551615"));
  EXPECT_THAT(refusal(scratch_.write("x.safetensors", "123")), HasSubstr("inside the length"));
  EXPECT_THAT(safetensors_says("[]", ""), HasSubstr("does not begin with '{'"));
  EXPECT_THAT(safetensors_says("", ""), HasSubstr("does not begin"));
  EXPECT_THAT(safetensors_says("{\"a\":", ""), AllOf(HasSubstr("no JSON"), HasSubstr("byte 13")));
  EXPECT_THAT(safetensors_says("{} {}", ""), HasSubstr("no JSON"));
  EXPECT_THAT(safetensors_says("{\"a\xff\":{}}", ""), HasSubstr("UTF-8"));
  EXPECT_THAT(safetensors_says("{\"a\":" + std::string(100'000, '['), ""), HasSubstr("a list where"));
  EXPECT_THAT(safetensors_says("{\"a\":" + std::string(100'000, '{'), ""), HasSubstr("no JSON"));
  std::string nested;
  for (int i = 0; i < 50'000; ++i) nested += "{\"a\":";
  EXPECT_THAT(safetensors_says(nested, ""), HasSubstr("no field of a tensor"));
}

TEST_F(Hostile, SafetensorsFields) {
  const auto tensor = [](const std::string& fields) { return "{\"t\":{" + fields + "}}"; };
  const std::string dtype = R"("dtype":"F32")", shape = R"("shape":[1])", offsets = R"("data_offsets":[0,4])";
  const std::string four(4, '\0');
  EXPECT_EQ(safetensors_says(tensor(dtype + "," + shape + "," + offsets), four), "no error");
  EXPECT_THAT(safetensors_says(tensor(dtype + "," + shape), four), HasSubstr("no field 'data_offsets'"));
  EXPECT_THAT(safetensors_says(tensor(dtype + "," + dtype + "," + shape + "," + offsets), four), HasSubstr("twice"));
  EXPECT_THAT(safetensors_says(tensor(dtype + "," + shape + "," + offsets + R"(,"more":1)"), four),
              HasSubstr("field 'more'"));
  for (const char* value : {"null", "true", "-1", "1.5", "\"4\"", "[1]", "{}", "18446744073709551616"}) {
    EXPECT_THAT(safetensors_says(tensor(dtype + R"(,"shape":[)" + value + "]," + offsets), four),
                HasSubstr("tensor 't', field 'shape'"))
        << value;
  }
  EXPECT_THAT(safetensors_says(tensor(R"("dtype":"O",)" + shape + "," + offsets), four), HasSubstr("the dtype 'O'"));
  EXPECT_THAT(safetensors_says(tensor(dtype + R"(,"shape":[4294967296,4294967296],)" + offsets), four),
              HasSubstr("2^48"));
  EXPECT_THAT(safetensors_says(tensor(dtype + "," + shape + R"(,"data_offsets":[0,4,8])"), four),
              HasSubstr("more than two"));
  EXPECT_THAT(safetensors_says(tensor(dtype + "," + shape + R"(,"data_offsets":[4,0])"), four), HasSubstr("[4, 0]"));
  EXPECT_THAT(safetensors_says(tensor(dtype + "," + shape + R"(,"data_offsets":[0,5])"), four),
              HasSubstr("has 4 bytes"));
  EXPECT_THAT(safetensors_says(tensor(dtype + R"(,"shape":[2],)" + offsets), four), HasSubstr("takes 8 bytes"));
  EXPECT_THAT(safetensors_says(R"({"__metadata__":{"a":1}})", ""), HasSubstr("a number where"));
}

TEST_F(Hostile, SafetensorsOverlapsHolesAndDuplicates) {
  const auto entry = [](const std::string& name, int begin, int end) {
    return "\"" + name + R"(":{"dtype":"U8","shape":[)" + std::to_string(end - begin) + R"(],"data_offsets":[)" +
           std::to_string(begin) + "," + std::to_string(end) + "]}";
  };
  const std::string eight(8, '\0');
  EXPECT_EQ(safetensors_says("{" + entry("a", 4, 8) + "," + entry("b", 0, 4) + "}", eight), "no error");
  EXPECT_THAT(safetensors_says("{" + entry("a", 0, 5) + "," + entry("b", 4, 8) + "}", eight), HasSubstr("tensor 'b'"));
  EXPECT_THAT(safetensors_says("{" + entry("a", 0, 3) + "," + entry("b", 4, 8) + "}", eight),
              HasSubstr("belong to no"));
  EXPECT_THAT(safetensors_says("{" + entry("a", 1, 8) + "}", eight), HasSubstr("belong to no"));
  EXPECT_THAT(safetensors_says("{" + entry("a", 0, 7) + "}", eight), HasSubstr("1 bytes follow"));
  EXPECT_THAT(safetensors_says("{" + entry("a", 0, 4) + "," + entry("a", 4, 8) + "}", eight),
              AllOf(HasSubstr("tensor 'a'"), HasSubstr("twice")));
  EXPECT_THAT(safetensors_says(R"({"__metadata__":{},"__metadata__":{}})", ""), HasSubstr("twice"));
}

TEST_F(Hostile, ALargeSafetensorsHeaderTakesBoundedMemory) {
  std::string header = "{";
  for (int i = 0; i < 600'000; ++i)
    header += "\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
  header.back() = '}';
  const std::string path = scratch_.write("x.safetensors", ZipWriter::number(header.size(), 8) + header);
  header = std::string();
  const long before = peak_kilobytes();
  EXPECT_THAT(refusal(path), HasSubstr("more than 262144 tensors"));
  EXPECT_LT(peak_kilobytes() - before, 250 << 10);  // with the sanitizer's own bookkeeping
}

// ---- ONNX

TEST_F(Hostile, OnnxWireFormat) {
  std::string groups;
  for (int i = 0; i < 200; ++i) groups += "\xa3\x06";  // each the beginning of field 100, nested
  const std::string scalar = std::string("\x10\x03\x4a\x01\x07", 5);  // int8, raw_data of one byte
  EXPECT_EQ(pb_says(scalar), "no error");
  EXPECT_THAT(pb_says(scalar + groups), AllOf(HasSubstr("wire type 3"), HasSubstr("byte 5")));
  EXPECT_THAT(pb_says(scalar + std::string("\x4a\x01\x07", 3)), HasSubstr("twice"));
  EXPECT_THAT(pb_says(scalar + "\x10\x03"), HasSubstr("twice"));
  EXPECT_THAT(pb_says(scalar + std::string("\x22\x04\0\0\x80\x3f", 6)), HasSubstr("more than one place"));
  EXPECT_THAT(pb_says("\x10\x03\x4a\x7f\x07"), HasSubstr("passes the end"));
  EXPECT_THAT(pb_says("\x10\x03\x4a\xff\xff\xff\xff\x0f\x07"), HasSubstr("passes the end"));
  EXPECT_THAT(pb_says("\x10\x03\x48\x07"), HasSubstr("another type"));
  EXPECT_THAT(pb_says(scalar + std::string("\0", 1)), HasSubstr("no field's tag"));
  EXPECT_THAT(pb_says("\x10\x08\x4a\x01\x07"), HasSubstr("data_type 8"));
  EXPECT_THAT(pb_says("\x10\x03\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x4a\x01\x07"), HasSubstr("negative"));
  EXPECT_THAT(pb_says("\x10\x03\x08\x02\x4a\x01\x07"), HasSubstr("take 2 bytes"));
  EXPECT_THAT(pb_says("\x10\x03\x2a\x02\xac\x02"), HasSubstr("beyond int8"));
  EXPECT_THAT(pb_says("\x10\x03\x2a\x01\xac\x42\x01x"), HasSubstr("end of its field"));
  EXPECT_THAT(pb_says("\x10\x03\x2a\x02\x01\x02"), HasSubstr("more data follows"));
  EXPECT_THAT(pb_says("\x10\x03\x08\x03\x2a\x02\x01\x02"), HasSubstr("ends before"));
  EXPECT_THAT(pb_says("\x10\x01\x2a\x01\x01"), HasSubstr("field of another type"));
  EXPECT_THAT(pb_says(std::string("\x10\x08\x32\x01x", 5)), HasSubstr("text"));
  std::string dims = "\x10\x03";
  for (int i = 0; i < 65; ++i) dims += "\x08\x01";
  EXPECT_THAT(pb_says(dims), HasSubstr("more than 64 dims"));
}

std::string external(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string message("\x10\x03\x70\x01\x08\x04", 6);  // int8[4], data_location EXTERNAL
  for (const auto& [key, value] : entries) {
    const std::string pair =
        "\x0a" + ZipWriter::number(key.size(), 1) + key + "\x12" + ZipWriter::number(value.size(), 1) + value;
    message += "\x6a" + ZipWriter::number(pair.size(), 1) + pair;
  }
  return message;
}

TEST_F(Hostile, OnnxExternalData) {
  std::filesystem::create_directory(scratch_.path("model"));
  scratch_.write("secret", "abcd");
  scratch_.write("model/data", "0123456789");
  std::filesystem::create_symlink("../secret", scratch_.path("model/link"));
  std::filesystem::create_directory_symlink("..", scratch_.path("model/up"));
  const auto says = [&](const std::vector<std::pair<std::string, std::string>>& entries) {
    return refusal(scratch_.write("model/x.pb", external(entries)));
  };
  EXPECT_EQ(says({{"location", "data"}, {"offset", "6"}}), "no error");
  EXPECT_EQ(says({{"location", "./data"}, {"offset", "0"}, {"length", "4"}}), "no error");
  EXPECT_THAT(says({}), HasSubstr("no location"));
  EXPECT_THAT(says({{"location", "../secret"}}), HasSubstr("leaves the folder"));
  EXPECT_THAT(says({{"location", scratch_.path("secret")}}), HasSubstr("no relative path"));
  EXPECT_THAT(says({{"location", "link"}}), HasSubstr("over a link"));
  EXPECT_THAT(says({{"location", "up/secret"}}), HasSubstr("over a link"));
  EXPECT_THAT(says({{"location", std::string("data\0x", 6)}}), HasSubstr("names no file"));
  EXPECT_THAT(says({{"location", "data"}, {"offset", "-4"}}), HasSubstr("offset '-4' is no count"));
  EXPECT_THAT(says({{"location", "data"}, {"offset", "11"}}), HasSubstr("beyond the 10 bytes"));
  EXPECT_THAT(says({{"location", "data"}, {"offset", "8"}, {"length", "4"}}), HasSubstr("pass the 10 bytes"));
  EXPECT_THAT(says({{"location", "data"}, {"length", "5"}}), HasSubstr("take 4 bytes"));
  EXPECT_THAT(says({{"location", "data"}, {"offset", "99999999999999999999"}}), HasSubstr("no count"));
  EXPECT_THAT(says({{"location", "data"}, {"location", "link"}}), HasSubstr("'location' twice"));
  const auto missing = open_tensors(scratch_.write("model/x.pb", external({{"location", "none"}})), {});
  EXPECT_THAT(to_string(missing.error()), HasSubstr("none"));
}

// ---- what is no file

TEST_F(Hostile, OnlyRegularFilesAreRead) {
  const OpenOptions raw{.type = StoredType{DType::uint8}, .shape = {}, .further = {}};
  for (const char* name : {"pipe.npy", "pipe.npz", "pipe.safetensors", "pipe.pb", "pipe.bin"}) {
    ASSERT_EQ(mkfifo(scratch_.path(name).c_str(), 0600), 0);
    EXPECT_THAT(refusal(scratch_.path(name), raw), HasSubstr("is a pipe"));
  }
  EXPECT_THAT(refusal("/dev/zero", raw), HasSubstr("is a device"));
  EXPECT_THAT(refusal("/dev/zero"), HasSubstr("is a device"));
  EXPECT_THAT(refusal(scratch_.path("none.npy")), HasSubstr("No such file"));
  std::filesystem::create_directory(scratch_.path("folder.npy"));
  const auto folder = open_tensors(scratch_.path("folder.npy"), {});
  EXPECT_TRUE(folder.ok() && (*folder)->tensors().empty());
}

// ---- files that change while they are read

TEST_F(Hostile, AFileCutShortWhileMappedIsAnErrorThatNamesTheByte) {
  const std::string path = scratch_.path("a.npy");
  ASSERT_TRUE(write_npy(path, Array::make(DType::float32, {1 << 20}).value()).ok());
  const auto file = open_tensors(path, {});
  const auto reader = (*file)->open(0);
  const auto part = (*reader)->next(std::size_t{4} << 20);
  ASSERT_TRUE(part.ok());
  std::filesystem::resize_file(path, 8192);
  std::size_t sum = 0;
  for (const std::byte b : *part) sum += std::to_integer<std::size_t>(b);  // no SIGBUS
  EXPECT_EQ(sum, 0U);
  const Status status = (*reader)->check();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::input);
  EXPECT_THAT(to_string(status.error()), AllOf(HasSubstr("a.npy, byte 8192"), HasSubstr("cut short")));
  EXPECT_FALSE((*reader)->next(1).ok());
}

TEST_F(Hostile, AFileWrittenWhileMappedIsAnError) {
  const std::string path = scratch_.path("a.npy");
  ASSERT_TRUE(write_npy(path, Array::make(DType::float32, {1000}).value()).ok());
  const auto file = open_tensors(path, {});
  const auto reader = (*file)->open(0);
  scratch_.write("a.npy", testing::contents(path) + "more");
  const auto part = (*reader)->next(100);
  ASSERT_FALSE(part.ok());
  EXPECT_THAT(part.error().what, HasSubstr("changed while it was read"));
}

TEST_F(Hostile, TheHandlerIsThereOnlyWhileAFileIsMapped) {
  struct sigaction now {};
  sigaction(SIGBUS, nullptr, &now);
  auto* const before = now.sa_sigaction;
  const std::string path = scratch_.path("a.npy");
  ASSERT_TRUE(write_npy(path, Array::make(DType::float32, {1}).value()).ok());
  {
    const auto file = open_tensors(path, {});
    sigaction(SIGBUS, nullptr, &now);
    EXPECT_NE(now.sa_sigaction, before);
  }
  sigaction(SIGBUS, nullptr, &now);
  EXPECT_EQ(now.sa_sigaction, before);
}

TEST_F(Hostile, ASignalThatIsNotAboutAFileHasItsUsualEnd) {
  const std::string path = scratch_.path("a.npy");
  ASSERT_TRUE(write_npy(path, Array::make(DType::float32, {1}).value()).ok());
  EXPECT_EXIT(
      {
        std::signal(SIGBUS, SIG_DFL);  // not the sanitizer's
        const auto file = open_tensors(path, {});
        raise(SIGBUS);
        raise(SIGBUS);
      },
      ::testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace roundoff
