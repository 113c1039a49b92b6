#include <rankwise/io/mapped_file.hpp>
#include <rankwise/io/write_file.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#if RANKWISE_IO_MAPS
#include <fcntl.h>
#include <unistd.h>
#endif

namespace rw = rankwise;
namespace io = rw::io;

namespace {

char const* const name = "rankwise_mapped_file_test.bin";
char const* const second = "rankwise_mapped_file_test_2.bin";

} // namespace

TEST_CASE("what is written is read: any bytes, none, and over what was there") {
  std::string all;
  for (int k = 0; k < 70000; ++k) {
    all += static_cast<char>(k);
  }
  for (std::string const& bytes : {all, std::string("short"), std::string()}) {
    rw::status s{rw::errc::aliasing};
    CHECK(io::write_file(name, bytes, s));
    CHECK(s.ok());
    io::mapped_file const file(name);
    CHECK(file.size() == bytes.size());
    CHECK(file.text() == bytes);
  }
  std::remove(name);
}

TEST_CASE("one object opens file after file; a failure leaves it empty") {
  CHECK(io::write_file(name, "first"));
  CHECK(io::write_file(second, "the second"));
  io::mapped_file file(name);
  rw::status s{rw::errc::aliasing};
  CHECK(file.open(second, s));
  CHECK(s.ok());
  CHECK(file.text() == "the second");
  auto const moved = std::move(file);
  CHECK(moved.text() == "the second");
  std::remove(second);
  io::mapped_file again(name);
  CHECK_FALSE(again.open(second, s));
  CHECK(s.code == rw::errc::unreadable);
  CHECK(again.text().empty());
  CHECK(again.open(name));
  CHECK(again.text() == "first");
  std::remove(name);
}

#if RANKWISE_IO_MAPS
TEST_CASE("the standard input is taken from where it stands, and then is at its end") {
  std::string all = "first\n";
  for (int k = 0; k < 70000; ++k) {
    all += static_cast<char>('a' + k % 26);
  }
  CHECK(io::write_file(name, all));
  int const kept = ::dup(0);
  int const file = ::open(name, O_RDONLY);
  REQUIRE(file > 0);
  REQUIRE(::dup2(file, 0) == 0);
  for (std::size_t const begun : {std::size_t{0}, std::size_t{6}, all.size()}) {
    CHECK(::lseek(0, static_cast<off_t>(begun), SEEK_SET) == static_cast<off_t>(begun));
    io::mapped_file const rest("-");
    CHECK(rest.text() == std::string_view(all).substr(begun));
    CHECK(::lseek(0, 0, SEEK_CUR) == static_cast<off_t>(all.size()));
    CHECK(io::mapped_file("-").text().empty());
  }
  CHECK((kept < 0 ? ::close(0) : ::dup2(kept, 0)) == 0);
  ::close(kept);
  ::close(file);
  std::remove(name);
}
#endif

TEST_CASE("what cannot be read or written is named with the system's reason") {
  CHECK_THROWS_WITH(io::mapped_file("no/such/file"),
                    "rankwise: no/such/file: the file cannot be read: No such file or directory");
  CHECK_THROWS_WITH(io::write_file("no/such/file", "x"), "rankwise: no/such/file: the file: No such file or directory");
  rw::status s;
  CHECK_FALSE(io::mapped_file{}.open(".", s)); // a folder
  CHECK(s.code == rw::errc::unreadable);
  if (std::FILE* const full = std::fopen("/dev/full", "wb"); full != nullptr) { // a disk without room
    std::fclose(full);
    CHECK_FALSE(io::write_file("/dev/full", std::string(100, 'x'), s));
    CHECK(s.code == rw::errc::unreadable);
  }
}
