#include <doctest/doctest.h>

#include <rankwise/engine/mpi.hpp>
#include <rankwise/label/histogram.hpp>
#include <rankwise/label/mix.hpp>
#include <rankwise/metric/auc.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/random.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Run alone, and by mpirun with several processes: every process runs every case, and cases are collective.
namespace rw = rankwise;

namespace {

struct job {
  int rank = 0;
  int size = 1;

  job() {
    MPI_Init(nullptr, nullptr);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
  }
  job(job const&) = delete;
  job& operator=(job const&) = delete;
  ~job() { MPI_Finalize(); }
};

job const& the_job() {
  static job const j;
  return j;
}

struct sample {
  std::vector<int> sizes;
  std::vector<float> score;
  std::vector<int> grade;
  std::vector<double> weight;

  explicit sample(std::uint64_t seed) {
    support::random r(seed);
    for (std::size_t l = 0; l < 40; ++l) {
      sizes.push_back(l % 7 == 3 ? 0 : static_cast<int>(r.uniform(1, 30)));
      for (int i = 0; i < sizes.back(); ++i) {
        score.push_back(static_cast<float>(r.uniform(-1, 1)));
        grade.push_back(static_cast<int>(r.uniform(0, 3.99)));
        weight.push_back(r.uniform(0.1, 2));
      }
    }
  }
};

} // namespace

TEST_CASE("parts cover all lists once") {
  the_job();
  sample const s(5);
  auto const all = rw::lists_of_sizes(s.sizes);
  for (std::size_t const parts : {1u, 2u, 3u, 7u, 40u, 100u}) {
    std::size_t list = 0;
    std::size_t item = 0;
    for (std::size_t p = 0; p < parts; ++p) {
      auto const mine = rw::mpi::share_of(all, p, parts);
      CHECK(mine.first_list == list);
      CHECK((mine.lists.size() == 0 || mine.first_item == item));
      CHECK(mine.lists.items() <= all.items() / parts + all.longest() + 1);
      for (std::size_t l = 0; l < mine.lists.size(); ++l) {
        CHECK(mine.lists.size_of(l) == all.size_of(list + l));
      }
      list += mine.lists.size();
      item += mine.lists.items();
    }
    CHECK(list == all.size());
    CHECK(item == all.items());
  }
  CHECK(rw::mpi::share_of(rw::lists<>{}, 0, 2).lists.size() == 0);
  auto const uniform = rw::mpi::share_of(rw::lists<>::uniform(10, 3), 1, 2);
  CHECK(uniform.first_item == 15);
  CHECK(uniform.lists.items() == 15);
  std::vector<int> const column(30);
  CHECK(uniform.of(column).data() == column.data() + 15);
  CHECK(uniform.of(column).size() == 15);
}

TEST_CASE("a part of a strided column has the stride of the whole") {
  the_job();
  sample const s(7);
  auto const all = rw::lists_of_sizes(s.sizes);
  std::size_t const items = all.items();
  std::vector<double> logits(3 * items), per_list(2 * all.size());
  for (std::size_t i = 0; i < items; ++i) {
    logits[3 * i + 1] = static_cast<double>(s.score[i]);
  }
  for (std::size_t l = 0; l < all.size(); ++l) {
    per_list[2 * l] = static_cast<double>(l);
  }
  auto const z = rw::row_major(logits, 3);
  for (std::size_t p = 0; p < 3; ++p) {
    CAPTURE(p);
    auto const mine = rw::mpi::share_of(all, p, 3);
    std::span<float const> const expected = mine.of(s.score);
    auto const part = mine.of(z.column(1));
    REQUIRE(part.size() == expected.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      CHECK(part[i] == static_cast<double>(expected[i]));
    }
    auto const of_lists = mine.of_lists(rw::strided(per_list.data(), all.size(), 2));
    REQUIRE(of_lists.size() == mine.lists.size());
    for (std::size_t l = 0; l < of_lists.size(); ++l) {
      CHECK(of_lists[l] == static_cast<double>(mine.first_list + l));
    }
    auto const backwards = mine.of(rw::strided(s.score.data() + items - 1, items, -1));
    for (std::size_t i = 0; i < backwards.size(); ++i) {
      CHECK(backwards[i] == s.score[items - 1 - mine.first_item - i]);
    }
  }
  rw::status told;
  CHECK(rw::mpi::share_of(all, 1, 3).of(rw::strided(logits.data(), items - 1, 3), told).size() == 0);
  CHECK(told.code == rw::errc::size_mismatch);
  std::vector<float> const none;
  CHECK(rw::mpi::share_of(rw::lists<>{}, 0, 2).of(rw::row_major(none, 3).column(1)).size() == 0);
}

TEST_CASE("columns of another length, parts that are none") {
  the_job();
  auto const second = rw::mpi::share_of(rw::lists<>::uniform(10, 3), 1, 2);
  for (std::size_t const n : {0u, 20u, 29u, 31u}) {
    CAPTURE(n);
    std::vector<float> const column(n);
    rw::status s;
    CHECK(second.of(column, s).empty());
    CHECK(s.code == rw::errc::size_mismatch);
  }
  std::vector<float> const per_list(5);
  CHECK_THROWS_WITH_AS((void)second.of_lists(per_list),
                       "rankwise: a column of all lists has 5 entries where 10 are needed", rw::error);
  rw::status s;
  CHECK(rw::mpi::share_of(rw::lists<>::uniform(10, 3), 2, 2, s).lists.size() == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(rw::mpi::share_of(rw::lists<>::uniform(10, 3), 0, 0, s).lists.size() == 0);
  CHECK(s.code == rw::errc::out_of_range);
}

TEST_CASE("shards of an evaluation and of label statistics: the bits of one process") {
  the_job();
  INFO("seed 6");
  sample const s(6);
  auto const all = rw::lists_of_sizes(s.sizes);
  auto const mine = rw::mpi::share_of(all);
  auto const measures = rw::metrics(rw::metric::ndcg<5>{}, rw::metric::mrr<>{});

  auto const whole = rw::evaluate(measures, s.score, s.grade, all);
  auto result = rw::evaluate(measures, mine.of(s.score), mine.of(s.grade), mine.lists);
  CHECK(rw::mpi::merge(result));
  CHECK(result.to_tsv(true) == whole.to_tsv(true));
  CHECK(rw::to_bytes(result) == rw::to_bytes(whole));

  auto const weights = mine.of(s.weight);
  rw::label::label_mix mix(4), all_mix(4);
  mix.add(mine.of(s.grade), {.item_weights = weights});
  all_mix.add(s.grade, {.item_weights = s.weight});
  CHECK(rw::mpi::merge(mix));
  CHECK(mix.total() == all_mix.total());
  CHECK(mix.weight(2) == all_mix.weight(2));

  rw::label::histogram histogram(-1, 1, 8), all_histogram(-1, 1, 8);
  histogram.add(mine.of(s.score), {.item_weights = weights});
  all_histogram.add(s.score, {.item_weights = s.weight});
  CHECK(rw::mpi::merge(histogram));
  CHECK(histogram.mean() == all_histogram.mean());
  CHECK(histogram.standard_deviation() == all_histogram.standard_deviation());
  CHECK(histogram.weight(3) == all_histogram.weight(3));

  auto auc = rw::metric::auc{.threshold = 2}.accumulator();
  auto all_auc = auc;
  auc.add(mine.of(s.score), mine.of(s.grade), {.item_weights = weights});
  all_auc.add(s.score, s.grade, {.item_weights = s.weight});
  CHECK(rw::mpi::merge(auc));
  CHECK(auc.value() == all_auc.value());
}

TEST_CASE("only the first process, if that is enough") {
  job const& j = the_job();
  rw::stat::exact_sum sum;
  sum.add(static_cast<double>(j.rank + 1));
  CHECK(rw::mpi::merge(sum, MPI_COMM_WORLD, false));
  CHECK(sum.value() == (j.rank == 0 ? j.size * (j.size + 1) / 2 : j.rank + 1));
}

TEST_CASE("messages that the program waits for, from anyone and with any tag, stay its own") {
  job const& j = the_job();
  double mine = 0;
  MPI_Request request;
  MPI_Irecv(&mine, 1, MPI_DOUBLE, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &request);
  rw::stat::exact_sum sum;
  sum.add(1.0);
  CHECK(rw::mpi::merge(sum));
  CHECK(sum.value() == j.size);
  double const word = j.rank + 0.5;
  MPI_Send(&word, 1, MPI_DOUBLE, (j.rank + 1) % j.size, 7, MPI_COMM_WORLD);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  CHECK(mine == (j.rank + j.size - 1) % j.size + 0.5);
}

TEST_CASE("states that do not fit are named at every process") {
  job const& j = the_job();
  rw::label::histogram histogram(0, 1, j.rank == 0 ? 4 : 5);
  rw::status s;
  bool const merged = rw::mpi::merge(histogram, MPI_COMM_WORLD, true, s);
  CHECK(merged == (j.size == 1));
  if (j.size > 1) {
    char text[200];
    rw::describe(s, text, sizeof text);
    CHECK(std::string(text) ==
          "rankwise: the states of the processes are of different kinds, or have different parameters");
  }
  // What only the process that merges can see ends the call everywhere, too: nobody hangs.
  std::vector<float> const one{1};
  auto const lists = rw::lists<>::single(1);
  auto result = j.rank == 0 ? rw::evaluate(rw::metrics(rw::metric::ndcg<5>{}), one, one, lists)
                            : rw::evaluate(rw::metrics(rw::metric::ndcg<6>{}), one, one, lists);
  CHECK(rw::mpi::merge(result, MPI_COMM_WORLD, true, s) == (j.size == 1));
  CHECK((j.size == 1 || s.code == (j.rank == 0 ? rw::errc::bad_format : rw::errc::engine_failed)));
}
