#include <doctest/doctest.h>

#include <rankwise/backend/arrow.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

/// Structures by hand, as the specification writes them, that count how often they were released.
struct node {
  std::string format, name;
  ArrowSchema schema{};
  ArrowArray array{};
  std::vector<node*> children{};
  std::vector<ArrowSchema*> schemas{};
  std::vector<ArrowArray*> arrays{};
  std::vector<void const*> buffers{};
  int schema_released = 0, array_released = 0;

  node(std::string f, std::string n, std::int64_t length) : format(std::move(f)), name(std::move(n)) {
    schema.format = format.c_str();
    schema.name = name.c_str();
    schema.private_data = this;
    schema.release = [](ArrowSchema* s) {
      ++static_cast<node*>(s->private_data)->schema_released;
      s->release = nullptr;
    };
    array.length = length;
    array.private_data = this;
    array.release = [](ArrowArray* a) {
      ++static_cast<node*>(a->private_data)->array_released;
      a->release = nullptr;
    };
  }
  node& with(std::vector<void const*> b) {
    buffers = std::move(b);
    array.n_buffers = static_cast<std::int64_t>(buffers.size());
    array.buffers = buffers.data();
    return *this;
  }
  node& of(std::vector<node*> c) {
    children = std::move(c);
    for (node* n : children) {
      schemas.push_back(&n->schema);
      arrays.push_back(&n->array);
    }
    schema.n_children = array.n_children = static_cast<std::int64_t>(children.size());
    schema.children = schemas.data();
    array.children = arrays.data();
    return *this;
  }
  node& nulls(std::int64_t count) {
    array.null_count = count;
    return *this;
  }
  node& from(std::int64_t offset) {
    array.offset = offset;
    return *this;
  }
};

/// A batch of two queries with three and two products; the last is null.
struct batch {
  std::int32_t offsets[4] = {1, 4, 6, 6}; // list<struct<score: float, grade: int16>>, not from 0 on
  float scores[7] = {9, 3, 1, 2, 5, 4, 9};
  std::int16_t grades[7] = {9, 2, 0, 1, 1, 0, 9};
  unsigned char grade_valid[1] = {0b1101'1111}; // grade 5 is null
  unsigned char list_valid[1] = {0b011};
  double weights[4] = {7, 0.5, 1.5, 2};
  unsigned char clicked[1] = {0b1010};
  node score{"f", "score", 7}, grade{"s", "grade", 7}, item{"+s", "item", 7}, products{"+l", "products", 3};
  node weight{"g", "weight", 3}, click{"b", "clicked", 3}, query{"u", "query", 3};
  node all{"+s", "", 3};

  batch() {
    score.with({nullptr, scores});
    grade.with({grade_valid, grades}).nulls(1);
    item.with({nullptr}).of({&score, &grade});
    products.with({list_valid, offsets}).of({&item}).nulls(1);
    weight.with({nullptr, weights}).from(1);
    click.with({nullptr, clicked}).from(1);
    query.with({nullptr, nullptr, nullptr});
    all.with({nullptr}).of({&products, &weight, &click, &query});
  }
};

std::string words_of(rw::status const& s) {
  char text[300];
  rw::describe(s, text, sizeof text);
  return text;
}

} // namespace

TEST_CASE("a record batch as columns, lists and masks") {
  batch b;
  {
    //{ batch
    rw::arrow::data const data(&b.all.schema, &b.all.array);
    auto const weight = data["weight"].numbers<double>(); // the producer's own memory
    auto const products = data["products"].lists();
    auto const score = products.items["score"].numbers<float>();
    auto const grade = products.items["grade"].values(); // double; nulls are NaN
    auto const mask = products.mask_of(products.items["grade"]);
    //} batch
    CHECK_FALSE(static_cast<bool>(b.all.array.release)); // taken over
    CHECK_FALSE(static_cast<bool>(b.all.schema.release));
    CHECK(data.rows() == 3);
    CHECK(weight.first == b.weights + 1);
    CHECK(weight.size() == 3);
    CHECK(products.lists.size() == 3);
    CHECK(products.lists.size_of(0) == 3);
    CHECK(products.lists.size_of(1) == 2);
    CHECK(products.lists.size_of(2) == 0);
    CHECK(score.first == b.scores + 1);
    CHECK(score.size() == 5);
    REQUIRE(grade.size() == 5);
    CHECK(grade[0] == 2);
    CHECK(std::isnan(grade[4]));
    CHECK(mask == std::vector<unsigned char>{1, 1, 1, 1, 0});
    CHECK(data["clicked"].values<float>() == std::vector<float>{1, 0, 1});
    CHECK(data["weight"].values<float>() == std::vector<float>{0.5f, 1.5f, 2});
    CHECK(data.has("query"));
    CHECK_FALSE(data.has("page"));
    CHECK(products.items["grade"].null_count() == 1);
    auto const masked = products.items["grade"].numbers<std::int16_t>(rw::arrow::nulls::masked);
    CHECK(masked.first == b.grades + 1);

    CHECK(b.all.array_released + b.all.schema_released == 0);
    auto moved = std::move(const_cast<rw::arrow::data&>(data));
    CHECK(moved["weight"].size() == 3);
  }
  CHECK(b.all.array_released == 1); // once, and the parent alone: it releases its children
  CHECK(b.all.schema_released == 1);
  CHECK(b.score.array_released == 0);
}

TEST_CASE("items of lists that are null are masked, wherever their items are") {
  std::int64_t offsets[4] = {0, 2, 3, 5}; // the null list in the middle has an item all the same
  unsigned char valid[1] = {0b101};
  float numbers[5] = {1, 2, 3, 4, 5};
  node item{"f", "item", 5}, lists{"+L", "lists", 3};
  item.with({nullptr, numbers});
  lists.with({valid, offsets}).of({&item}).nulls(-1);
  rw::arrow::data const data(&lists.schema, &lists.array);
  auto const l = data.all().lists();
  CHECK(l.lists.items() == 5);
  CHECK(l.mask_of(l.items) == std::vector<unsigned char>{1, 1, 0, 1, 1});
  CHECK(l.items.numbers<float>().size() == 5);
  CHECK(data.all().null_count() == 1);
}

TEST_CASE("structures with nulls, offsets of parents and children, and fixed lists as a matrix") {
  float numbers[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  unsigned char outer_valid[1] = {0b1101};
  unsigned char inner_valid[1] = {0b10111};
  node inner{"f", "x", 5}, outer{"+s", "", 3};
  inner.with({inner_valid, numbers}).nulls(1);
  outer.with({outer_valid}).of({&inner}).nulls(1).from(1); // rows 1 .. 3 of the children; the first is null
  {
    rw::arrow::data const data(&outer.schema, &outer.array);
    auto const x = data["x"].values();
    REQUIRE(x.size() == 3);
    CHECK(std::isnan(x[0]));
    CHECK(x[1] == 2);
    CHECK(std::isnan(x[2])); // its own null
    CHECK(data["x"].null_count() == 2);
  }
  node item{"f", "item", 12}, rows{"+w:3", "embedding", 3};
  item.with({nullptr, numbers});
  rows.with({nullptr}).of({&item}).from(1);
  rw::arrow::data const data(&rows.schema, &rows.array);
  auto const m = data.all().rows<float>();
  CHECK(m.rows == 3);
  CHECK(m.columns == 3);
  CHECK(m(0, 0) == 3);
  CHECK(m(2, 2) == 11);
  CHECK(data.all().lists().lists.size_of(2) == 3);
}

TEST_CASE("rows that were refused are none, with and without items") {
  double numbers[6] = {};
  for (std::int64_t const length : {0, 2}) {
    CAPTURE(length);
    node item{"g", "item", 3 * length}, rows{"+w:3", "embedding", length};
    item.with({nullptr, numbers});
    rows.with({nullptr}).of({&item});
    rw::arrow::data const data(&rows.schema, &rows.array);
    rw::status s;
    auto const m = data.all().rows<float>(s);
    CHECK(s.code == rw::errc::bad_format);
    CHECK(words_of(s).find("its numbers are of another type") != std::string::npos);
    CHECK(m.rows == 0);
    CHECK(m.columns == 0);
    auto const good = data.all().rows<double>(s);
    CHECK(s.ok());
    CHECK(good.rows == static_cast<std::size_t>(length));
    CHECK(good.columns == 3);
  }
}

TEST_CASE("lists of a fixed length need no memory of their own, and are copied and moved as others") {
  float numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  unsigned char valid[1] = {0b1101};
  node item{"f", "item", 8}, rows{"+w:2", "", 3};
  item.with({nullptr, numbers});
  rows.with({valid}).of({&item}).nulls(1).from(1); // rows 1 .. 3; the first is null
  rw::arrow::data const data(&rows.schema, &rows.array);
  auto first = data.all().lists();
  auto const copy = first;
  auto const moved = std::move(first);
  for (auto const* l : {&copy, &moved}) {
    CHECK(l->lists.size() == 3);
    CHECK(l->lists.items() == 6);
    CHECK(l->lists.begin_of(2) == 4);
    CHECK(l->items.numbers<float>()[0] == 2);
    CHECK(l->live == std::vector<unsigned char>{0, 0, 1, 1, 1, 1});
  }
}

TEST_CASE("a length that no memory stands behind is refused") {
  std::int64_t const most = (std::int64_t{1} << 31) - 1;
  for (std::int64_t const length : {std::int64_t{3}, most, most + 1, std::int64_t{1} << 47}) {
    CAPTURE(length);
    node nulls{"n", "nothing", length}, nothing{"+s", "", length}, item{"f", "item", 0}, rows{"+w:0", "", length};
    node text{"u", "name", length};
    float number = 0;
    item.with({nullptr, &number});
    rows.with({nullptr}).of({&item});
    nothing.with({nullptr});
    text.with({nullptr, nullptr, nullptr});
    for (node* n : {&nulls, &nothing, &rows, &text}) {
      CAPTURE(n->format);
      rw::status s;
      rw::arrow::data const data(&n->schema, &n->array, s);
      CHECK(s.ok() == (length <= most));
      if (!s.ok()) {
        CHECK(words_of(s) == "rankwise: its length is out of range");
      } else if (n == &rows) {
        CHECK(data.all().lists(s).lists.size() == static_cast<std::size_t>(length));
        CHECK(s.ok());
      } else if (length == 3) {
        CHECK(data.all().mask().size() == 3);
      }
    }
  }
  // Nor is one that only such a child stands behind.
  node item{"n", "item", std::int64_t{1} << 40}, rows{"+w:1", "", std::int64_t{1} << 40};
  rows.with({nullptr}).of({&item});
  rw::status s;
  CHECK_FALSE(rw::arrow::data(&rows.schema, &rows.array, s).ready());
}

TEST_CASE("nulls of text, of days and of a dictionary's words") {
  unsigned char const valid[1] = {0b1010};
  std::int32_t const offsets[5] = {0, 1, 1, 2, 2};
  node text{"u", "name", 3}, day{"tdD", "day", 3}, word{"i", "word", 3}, words{"u", "", 1}, either{"+us:0,1", "e", 3};
  text.with({valid, offsets, "ab"}).nulls(1).from(1);
  day.with({valid, offsets}).nulls(-1).from(1); // not counted
  word.with({valid, offsets}).nulls(1).from(1);
  words.with({nullptr, offsets, "ab"});
  word.schema.dictionary = &words.schema;
  word.array.dictionary = &words.array;
  either.with({valid}); // types, not nulls
  node all{"+s", "", 3};
  all.with({nullptr}).of({&text, &day, &word, &either});
  rw::arrow::data const data(&all.schema, &all.array);
  for (char const* const name : {"name", "day", "word"}) {
    CAPTURE(std::string(name));
    CHECK(data[name].null_count() == 1);
    CHECK(data[name].mask() == std::vector<unsigned char>{1, 0, 1});
  }
  CHECK(data["e"].null_count() == 0);

  node broken{"u", "name", 3};
  broken.with({nullptr, offsets, "ab"}).nulls(1);
  rw::status s;
  CHECK_FALSE(rw::arrow::data(&broken.schema, &broken.array, s).ready());
  CHECK(words_of(s) == "rankwise: it has nulls, but no bitmap that says which");
}

TEST_CASE("every kind of number") {
  std::uint8_t bytes[16] = {};
  auto const read = [&](char const* format, auto value) {
    std::memcpy(bytes, &value, sizeof value);
    node n(format, "x", 1);
    n.with({nullptr, bytes});
    rw::arrow::data const data(&n.schema, &n.array);
    return data.all().values().at(0);
  };
  CHECK(read("c", std::int8_t{-3}) == -3);
  CHECK(read("C", std::uint8_t{200}) == 200);
  CHECK(read("s", std::int16_t{-300}) == -300);
  CHECK(read("S", std::uint16_t{60000}) == 60000);
  CHECK(read("i", std::int32_t{-70000}) == -70000);
  CHECK(read("I", std::uint32_t{4000000000u}) == 4000000000.0);
  CHECK(read("l", std::int64_t{-5000000000}) == -5000000000.0);
  CHECK(read("L", std::uint64_t{1} << 63) == 0x1p63);
  CHECK(read("e", std::uint16_t{0x3e00}) == 1.5);
  CHECK(read("f", 0.25f) == 0.25);
  CHECK(read("g", 0.1) == 0.1);
}

TEST_CASE("what cannot be read says so in one line") {
  batch b;
  rw::arrow::data const data(&b.all.schema, &b.all.array);
  rw::status s;
  data.child("page", s);
  CHECK(words_of(s) == "rankwise: there is no such column");
  CHECK_THROWS_WITH(data["page"], "rankwise: Arrow column page: there is no such column");
  CHECK_THROWS_WITH(data["weight"].numbers<float>(), "rankwise: Arrow column weight (format g): its numbers are of "
                                                     "another type than was asked for; values() converts");
  auto const grade = data["products"].lists().items["grade"];
  grade.numbers<std::int16_t>(rw::arrow::nulls::refuse, s);
  CHECK(words_of(s).starts_with("rankwise: it has nulls: read its mask()"));
  CHECK_THROWS_WITH(data["query"].values(), "rankwise: Arrow column query (format u): it does not hold numbers");
  CHECK_THROWS_WITH(data["weight"].lists(), "rankwise: Arrow column weight (format g): it does not hold lists");
  CHECK_THROWS_WITH(data["weight"].rows<double>(),
                    "rankwise: Arrow column weight (format g): it does not hold lists of a fixed length");
  CHECK(data.child("page", s).values(s).empty());
  CHECK(rw::arrow::data{}.all().lists(s).lists.empty());

  double aligned[3] = {};
  node odd{"g", "x", 1};
  odd.with({nullptr, reinterpret_cast<char const*>(aligned) + 1});
  rw::arrow::data const bytes(&odd.schema, &odd.array);
  CHECK_THROWS_WITH(bytes.all().numbers<double>(),
                    "rankwise: Arrow column x (format g): its buffer is not aligned; values() copies");
  CHECK(bytes.all().values() == std::vector<double>{0});

  float number = 1;
  node words{"i", "x", 1}, indices{"u", "", 0};
  words.with({nullptr, &number});
  words.schema.dictionary = &indices.schema;
  words.array.dictionary = &indices.array;
  rw::arrow::data const encoded(&words.schema, &words.array);
  CHECK_THROWS_WITH(encoded.all().values(),
                    "rankwise: Arrow column x (format i): it is encoded by a dictionary: decode it before");
}

TEST_CASE("hostile structures are refused, and released") {
  auto const refused = [](auto change, char const* expected) {
    batch b;
    change(b);
    INFO(std::string(expected));
    rw::status s;
    rw::arrow::data const data(&b.all.schema, &b.all.array, s);
    CHECK(s.code == rw::errc::bad_format);
    CHECK(words_of(s).find(expected) != std::string::npos);
    CHECK_FALSE(data.ready());
    CHECK(data.rows() == 0);
    CHECK(b.all.array_released == 1);
    CHECK(b.all.schema_released == 1);
  };
  refused([](batch& b) { b.weight.array.length = -1; }, "its length or offset is out of range");
  refused([](batch& b) { b.weight.array.length = std::int64_t{1} << 62; }, "its length or offset is out of range");
  refused([](batch& b) { b.weight.array.offset = -1; }, "its length or offset is out of range");
  refused([](batch& b) { b.weight.array.null_count = 9; }, "its number of nulls is out of range");
  refused([](batch& b) { b.weight.array.null_count = 1; }, "it has nulls, but no bitmap");
  refused([](batch& b) { b.weight.array.n_buffers = 3; }, "its number of buffers is not what the format says");
  refused([](batch& b) { b.weight.array.buffers = nullptr; }, "its number of buffers is not what the format says");
  refused([](batch& b) { b.weight.buffers[1] = nullptr; }, "it has no buffer of numbers");
  refused([](batch& b) { b.weight.array.length = 2; }, "it is shorter than its parent (2 where 3 is needed)");
  refused([](batch& b) { b.weight.schema.n_children = 1; }, "its number of children is not what the format says");
  refused([](batch& b) { b.products.schema.n_children = b.products.array.n_children = 0; },
          "its number of children is not what the format says");
  refused([](batch& b) { b.products.array.children = nullptr; }, "its children are missing");
  refused([](batch& b) { b.item.schemas[1] = nullptr; }, "a schema or an array is missing");
  refused([](batch& b) { b.item.arrays[1] = nullptr; }, "a schema or an array is missing");
  refused([](batch& b) { b.weight.schema.format = nullptr; }, "it has no format");
  refused([](batch& b) { b.weight.array.release = nullptr; }, "was released already");
  refused([](batch& b) { b.products.buffers[1] = nullptr; }, "it has no buffer of offsets");
  refused([](batch& b) { b.offsets[1] = 0; }, "its offsets are negative, or decrease");
  refused([](batch& b) { b.offsets[0] = -1; }, "its offsets are negative, or decrease");
  refused([](batch& b) { b.offsets[3] = 8; }, "its offsets reach beyond its items (8 where 7 is needed)");
  refused([](batch& b) { b.item.schemas[0] = &b.all.schema, b.item.arrays[0] = &b.all.array; }, "was released already");
  refused([](batch& b) { b.item.schemas[0] = &b.item.schema, b.item.arrays[0] = &b.item.array; }, "nested too deeply");

  batch b;
  CHECK_THROWS_WITH(rw::arrow::data(nullptr, nullptr), "rankwise: Arrow column: the schema or the array was released "
                                                       "already");
  b.weight.array.length = 1;
  CHECK_THROWS_AS(rw::arrow::data(&b.all.schema, &b.all.array), rw::error);
  CHECK(b.all.array_released == 1); // although the constructor threw

  float numbers[6] = {};
  for (char const* format : {"+w:", "+w:x", "+w:99999999999", "+w:4"}) {
    node item{"f", "item", 6}, rows{format, "rows", 2};
    item.with({nullptr, numbers});
    rows.with({nullptr}).of({&item});
    rw::status s;
    rw::arrow::data const data(&rows.schema, &rows.array, s);
    CHECK_FALSE(s.ok());
  }
}

TEST_CASE("a stream of batches") {
  struct source {
    std::deque<batch> batches = std::deque<batch>(3);
    batch schema{};
    std::size_t next = 0;
    std::size_t fails_at = 9;
    int released = 0;
    ArrowArrayStream stream{};

    source() {
      stream.private_data = this;
      stream.get_schema = [](ArrowArrayStream* s, ArrowSchema* out) {
        *out = static_cast<source*>(s->private_data)->schema.all.schema;
        return 0;
      };
      stream.get_next = [](ArrowArrayStream* s, ArrowArray* out) {
        auto& me = *static_cast<source*>(s->private_data);
        if (me.next == me.fails_at) {
          return 5;
        }
        *out = me.next < me.batches.size() ? me.batches[me.next].all.array : ArrowArray{};
        ++me.next;
        return 0;
      };
      stream.get_last_error = [](ArrowArrayStream*) -> char const* { return "the disk is gone"; };
      stream.release = [](ArrowArrayStream* s) {
        ++static_cast<source*>(s->private_data)->released;
        s->release = nullptr;
      };
    }
  };
  source good;
  double sum = 0;
  CHECK(rw::arrow::for_each_batch(&good.stream, [&](rw::arrow::data const& b) {
    for (double const w : b["weight"].values()) {
      sum += w;
    }
  }));
  CHECK(sum == 12);
  CHECK(good.released == 1);
  CHECK(good.schema.all.schema_released == 1);
  for (batch const& b : good.batches) {
    CHECK(b.all.array_released == 1);
  }
  CHECK_FALSE(static_cast<bool>(good.stream.release));

  source bad;
  bad.fails_at = 1;
  rw::status s;
  CHECK_FALSE(rw::arrow::for_each_batch(
      &bad.stream, [](auto const&) {}, s));
  CHECK(s.code == rw::errc::engine_failed);
  CHECK(bad.released == 1);
  source thrown;
  thrown.fails_at = 0;
  CHECK_THROWS_WITH(rw::arrow::for_each_batch(&thrown.stream, [](auto const&) {}),
                    "rankwise: Arrow stream (the disk is gone): reading the next batch failed");
  CHECK(thrown.released == 1);
  CHECK_FALSE(rw::arrow::for_each_batch(
      &thrown.stream, [](auto const&) {}, s)); // released already
}
