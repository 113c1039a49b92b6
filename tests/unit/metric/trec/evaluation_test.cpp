#include <rankwise/compat/metrics.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/io/join.hpp>
#include <rankwise/metric/trec/evaluation.hpp>

#include <doctest/doctest.h>

#include "support/data.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace trec = rw::metric::trec;

namespace {

struct command {
  std::vector<char const*> measures;
  bool by_topic = false;
  bool complete = false;
  std::size_t depth = std::numeric_limits<std::size_t>::max();
  std::int32_t level = 1;
};

std::string printed(std::string const& judgments, std::string const& ranking, command const& c) {
  auto const q = rw::io::read_qrels(support::data(judgments));
  auto const r = rw::io::read_run(support::data(ranking));
  auto const j = rw::io::join(r, q, {.complete = c.complete, .depth = c.depth});
  trec::selection measures;
  for (char const* m : c.measures) {
    CHECK(measures.add(m) == "");
  }
  trec::evaluation all(measures.empty() ? trec::selection::official() : measures, c.complete);
  trec::topic t({.relevant_from = c.level});
  std::string out;
  for (std::size_t l = 0; l < j.lists().size(); ++l) {
    fill(t, j.levels().subspan(j.lists().begin_of(l), j.lists().size_of(l)), j.retrieved_of(l));
    if (j.found(l)) {
      all.add(j.topic(l), t);
    } else {
      all.add_missing(j.topic(l), t);
    }
    if (c.by_topic) {
      all.print_topic(l, out);
    }
  }
  all.print_total(r.tag(), out);
  return out;
}

// Line by line, so that a failure names the measure.
void same_lines(std::string const& ours, std::string const& expected_file) {
  std::istringstream a(ours);
  std::istringstream b(support::contents(support::data(expected_file)));
  std::string line;
  std::string expected;
  std::size_t count = 0;
  while (std::getline(b, expected)) {
    REQUIRE(std::getline(a, line));
    CHECK(line == expected);
    ++count;
  }
  CHECK(!std::getline(a, line));
  CHECK(count > 20);
}

trec::topic topic_of(std::initializer_list<std::int32_t> levels, std::size_t retrieved, trec::settings s = {}) {
  std::vector<std::int32_t> const all(levels);
  trec::topic t(s);
  fill(t, all, retrieved);
  return t;
}

} // namespace

TEST_CASE("trec_eval's own tests, to the last printed digit") {
  std::string const q = "trec_eval/qrels.test";
  std::string const r = "trec_eval/results.test";
  std::string const cut = "trec_eval/results.trunc";
  same_lines(printed(q, r, {}), "trec_eval/out.test");
  same_lines(printed(q, r, {.measures = {"all_trec"}}), "trec_eval/out.test.a");
  same_lines(printed(q, r, {.measures = {"all_trec"}, .by_topic = true}), "trec_eval/out.test.aq");
  same_lines(printed(q, cut, {.measures = {"all_trec"}, .by_topic = true, .complete = true}), "trec_eval/out.test.aqc");
  same_lines(printed(q, cut, {.measures = {"all_trec"}, .by_topic = true, .complete = true, .depth = 100}),
             "trec_eval/out.test.aqcM");
  same_lines(
      printed("trec_eval/qrels.rel_level", r, {.measures = {"all_trec", "relstring.20"}, .by_topic = true, .level = 2}),
      "trec_eval/out.test.aql");
  same_lines(printed(q, r,
                     {.measures = {"iprec_at_recall..10,.20,.25,.75,.50", "P.5,7,3", "recall.20,2000",
                                   "Rprec_mult.5.0,0.2,0.35", "utility.2,-1,0,0", "11pt_avg..25,.5,.75",
                                   "ndcg.1=3,2=9,4=4.5", "ndcg_cut.10,20,23.4", "success.2,5,20"},
                      .by_topic = true}),
             "trec_eval/out.test.meas_params");
}

// What trec_eval 10 prints for -m yaap, which is not in all_trec.
TEST_CASE("yaap: topics with a relevant document, without one that was found, that the run lacks") {
  std::string const q = "trec_eval/qrels.test";
  CHECK(printed(q, "trec_eval/results.test", {.measures = {"yaap", "map"}, .by_topic = true}) ==
        "map                   \t301\t0.0324\nyaap                  \t301\t-3.3350\n"
        "map                   \t302\t0.4175\nyaap                  \t302\t-0.3246\n"
        "map                   \t303\t0.0858\nyaap                  \t303\t-1.6975\n"
        "map                   \tall\t0.1785\nyaap                  \tall\t-1.7857\n");
  CHECK(printed(q, "trec_eval/results.trunc", {.measures = {"yaap"}, .by_topic = true, .complete = true}) ==
        "yaap                  \t301\t-3.3350\nyaap                  \t302\t-4.3567\n"
        "yaap                  \t303\t-0.7991\nyaap                  \tall\t-2.8303\n");
}

TEST_CASE("four grades, all retrieved: what trec_eval prints for shopping queries") {
  std::string const ours =
      printed("esci/judgments.qrels", "esci/bm25_title.run", {.measures = {"all_trec"}, .by_topic = true});
  // The file holds four of the 150 topics, and the totals.
  std::istringstream lines(ours);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    std::size_t const begin = line.find('\t') + 1;
    std::string const topic = line.substr(begin, line.find('\t', begin) - begin);
    if (topic == "1" || topic == "10" || topic == "100" || topic == "99" || topic == "all") {
      kept += line + '\n';
    }
  }
  same_lines(kept, "esci/bm25_title.trec_eval.txt");
}

TEST_CASE("gdeval: NDCG@10 and ERR@10 of every topic, to the last printed digit") {
  for (std::string const name : {"bm25_title", "popularity"}) {
    auto const q = rw::io::read_qrels(support::data("esci/judgments.qrels"));
    auto const r = rw::io::read_run(support::data("esci/" + name + ".run"));
    // In the order of the file, so that the ids have something to say.
    auto const j = rw::io::join(r, q, {.order = rw::io::row_order::file});
    rw::options options{.judged = j.judged(), .retrieved = j.retrieved(), .ids = j.ids()};
    std::vector<double> ndcg(j.lists().size());
    std::vector<double> err(j.lists().size());
    options.per_list = ndcg;
    double const mean_ndcg =
        rw::compat::gdeval::ndcg<10>(rw::exec::scalar{}, j.scores(), j.labels(), j.lists(), options);
    options.per_list = err;
    double const mean_err = rw::compat::gdeval::err<10>(rw::exec::scalar{}, j.scores(), j.labels(), j.lists(), options);
    std::istringstream lines(support::contents(support::data("esci/" + name + ".gdeval10.csv")));
    std::string line;
    std::getline(lines, line);
    std::size_t count = 0;
    while (std::getline(lines, line)) {
      std::string const topic =
          line.substr(line.find(',') + 1, line.find(',', line.find(',') + 1) - line.find(',') - 1);
      std::size_t l = 0;
      while (l < j.lists().size() && j.topic(l) != topic) {
        ++l;
      }
      char ours[80];
      std::snprintf(ours, sizeof ours, "%s,%.5f,%.5f", topic.c_str(), topic == "amean" ? mean_ndcg : ndcg.at(l),
                    topic == "amean" ? mean_err : err.at(l));
      CHECK(line.substr(line.find(',') + 1) == ours);
      ++count;
    }
    CHECK(count == 151);
  }
}

TEST_CASE("the policies of compat::trec_eval agree with trec_eval's measures") {
  for (char const* files :
       {"trec_eval/qrels.test trec_eval/results.test", "esci/judgments.qrels esci/popularity.run"}) {
    std::string const both = files;
    auto const q = rw::io::read_qrels(support::data(both.substr(0, both.find(' '))));
    auto const r = rw::io::read_run(support::data(both.substr(both.find(' ') + 1)));
    auto const j = rw::io::join(r, q, {.order = rw::io::row_order::file});
    trec::selection measures;
    for (char const* m : {"ndcg_cut.10", "map", "recip_rank", "bpref", "infAP"}) {
      REQUIRE(measures.add(m) == "");
    }
    trec::evaluation theirs(measures);
    trec::topic t;
    rw::io::each_topic(r, q, {}, [&](rw::io::topic_levels const& levels) {
      fill(t, levels.levels, levels.retrieved);
      theirs.add(levels.topic, t);
    });
    auto const value = [&](auto const& metric) {
      return metric(rw::exec::scalar{}, j.scores(), j.labels(), j.lists(),
                    {.judged = j.judged(), .retrieved = j.retrieved(), .ids = j.ids()});
    };
    namespace compat = rw::compat::trec_eval;
    CHECK(value(compat::map<>) == doctest::Approx(theirs.total(0)).epsilon(1e-12));
    CHECK(value(compat::bpref) == doctest::Approx(theirs.total(1)).epsilon(1e-12));
    CHECK(value(compat::recip_rank<>) == doctest::Approx(theirs.total(2)).epsilon(1e-12));
    CHECK(value(compat::inf_ap) == doctest::Approx(theirs.total(3)).epsilon(1e-9));
    CHECK(value(compat::ndcg<10>) == doctest::Approx(theirs.total(4)).epsilon(1e-12));
  }
}

TEST_CASE("measures by hand: two of three relevant documents at ranks 1 and 3") {
  // 1, not judged, 2, 0, and 1 that was not retrieved.
  auto const t = topic_of({1, trec::unpooled, 2, 0, 1}, 4);
  CHECK(t.retrieved() == 4);
  CHECK(t.relevant() == 3);
  CHECK(t.relevant_retrieved() == 2);
  CHECK(t.nonrelevant() == 1);
  CHECK(trec::average_precision{}(t) == doctest::Approx((1 + 2.0 / 3) / 3));
  CHECK(trec::average_precision{2}(t) == doctest::Approx(1.0 / 3));
  CHECK(trec::precision{3}(t) == doctest::Approx(2.0 / 3));
  CHECK(trec::precision{8}(t) == doctest::Approx(2.0 / 8));
  CHECK(trec::recall{1}(t) == doctest::Approx(1.0 / 3));
  CHECK(trec::relative_precision{8}(t) == doctest::Approx(2.0 / 3));
  CHECK(trec::r_precision{}(t) == doctest::Approx(2.0 / 3));
  CHECK(trec::reciprocal_rank{}(t) == 1);
  CHECK(trec::bpref{}(t) == doctest::Approx(2.0 / 3));
  CHECK(trec::interpolated_precision{.5}(t) == doctest::Approx(2.0 / 3));
  CHECK(trec::interpolated_precision{1}(t) == 0);
  CHECK(trec::utility{1, -1, -2, 0}(t) == 2 - 2 - 2);
  CHECK(trec::set_f{}(t) == doctest::Approx(2 * .5 * (2.0 / 3) / (.5 + 2.0 / 3)));
  CHECK(trec::unjudged_share{2}(t) == .5);
  double const ideal = 2 + 1 / std::log2(3.0) + 1 / std::log2(4.0);
  CHECK(trec::ideal_dcg{}(t) == doctest::Approx(ideal));
  CHECK(trec::ndcg{}(t) == doctest::Approx((1 + 2 / std::log2(4.0)) / ideal));
  CHECK(trec::ndcg_cut{1}(t) == doctest::Approx(.5));
  trec::level_gain const gains[]{{1, 3}, {2, 0}};
  CHECK(trec::dcg{gains}(t) == 3);
  CHECK(trec::rank_biased_precision{{}, .5}(t) == doctest::Approx(.5 * (.5 + 1 * .25)));
  CHECK(trec::rank_biased_residual{.5}(t) == doctest::Approx(.0625 + .5 * .5));
}

TEST_CASE("recall points: 0.4 of three relevant documents is the first, or by trec_eval 9 the second") {
  auto const rounded = topic_of({1, 0, 0, 1, 1}, 5);
  auto const cut_off = topic_of({1, 0, 0, 1, 1}, 5, {.recall_cut_off = true});
  CHECK(trec::interpolated_precision{.4}(rounded) == 1);
  CHECK(trec::interpolated_precision{.4}(cut_off) == 3.0 / 5);
  double const both[] = {.4, 1};
  CHECK(trec::average_interpolated_precision{both}(cut_off) == doctest::Approx(.6));
}

TEST_CASE(
    "every measure is finite whatever the topic: nothing retrieved, judged, relevant, all relevant, all unjudged") {
  std::vector<std::int32_t> const shapes[] = {{},
                                              {0},
                                              {1},
                                              {trec::unpooled},
                                              {trec::unjudged},
                                              {1, 1, 1},
                                              {0, 0, 0},
                                              {trec::unpooled, trec::unpooled, 2},
                                              {trec::unjudged, 1, trec::unjudged, 0},
                                              {2147483647, 0, 5}};
  trec::selection everything;
  for (char const* m : {"all_trec", "dcg", "ideal_dcg", "yaap"}) {
    REQUIRE(everything.add(m) == "");
  }
  for (auto const& levels : shapes) {
    for (std::size_t retrieved = 0; retrieved <= levels.size(); ++retrieved) {
      for (std::int32_t level : {0, 1, 2}) {
        trec::topic t({.relevant_from = level});
        fill(t, levels, retrieved);
        for (auto const& item : everything.items()) {
          auto const& family = trec::catalogue<>[item.family];
          if (family.value == nullptr) {
            continue;
          }
          CAPTURE(item.name);
          CAPTURE(levels.size());
          CAPTURE(retrieved);
          double const x = everything.value(item, t);
          CHECK(std::isfinite(x));
          bool const counts = family.over_topics == trec::summary::sum || item.name == "utility" ||
                              item.name.find("dcg") != std::string::npos || item.name == "rbp_resid" ||
                              item.name == "G" || item.name == "yaap";
          CHECK((counts || (x >= 0 && x <= 1 + 1e-12)));
        }
      }
    }
  }
}

// What trec_eval 10 prints for the same files, asked for one measure at a time: its dcg and ndcg share their gains.
TEST_CASE("gains of documents without judgment, costs among them; topics that the run lacks, with parameters") {
  auto const q = rw::io::parse_qrels("1 0 a 2\n1 0 b 0\n1 0 c 1\n1 0 d -1\n1 0 e 3\n2 0 a 1\n2 0 b 0\n");
  auto const r = rw::io::parse_run("1 Q0 x 1 9 t\n1 Q0 a 2 8 t\n1 Q0 d 3 7 t\n1 Q0 b 4 6 t\n1 Q0 c 5 5 t\n");
  trec::selection measures;
  for (char const* m :
       {"ndcg.-1=-2,0=-1", "ndcg_rel.-1=-2,-2=-1,0=-3", "Rndcg.0=-4,1=5", "G.-1=-1,3=6", "dcg.-2=1,-1=-3",
        "utility.2,-1,-0.5,0.25", "rbp_resid.p=0.5", "unj", "num_ret", "relstring.20"}) {
    REQUIRE(measures.add(m) == "");
  }
  trec::evaluation all(measures, true);
  trec::topic t({.documents_in_collection = 100});
  std::string out;
  rw::io::each_topic(r, q, {.complete = true}, [&](rw::io::topic_levels const& levels) {
    fill(t, levels.levels, levels.retrieved);
    if (levels.found) {
      all.add(levels.topic, t);
    } else {
      all.add_missing(levels.topic, t);
    }
    all.print_topic(all.topics() - 1, out);
  });
  all.print_total(r.tag(), out);
  CHECK(out == R"(num_ret               	1	5
relstring_20          	1	'-2.01'
utility_2,-1,-0.5,0.25	1	24.0000
G_-1=-1,3=6           	1	0.0672
dcg_-2=1,-1=-3        	1	-0.8513
ndcg_-1=-2,0=-1       	1	-0.1642
ndcg_rel_-1=-2,-2=-1,0=-3	1	0.0000
Rndcg_0=-4,1=5        	1	0.1324
rbp_resid_p=0.5       	1	0.6562
unj_5                 	1	0.4000
unj_10                	1	0.2000
unj_20                	1	0.1000
num_ret               	2	0
relstring_20          	2	'-'
utility_2,-1,-0.5,0.25	2	23.0000
G_-1=-1,3=6           	2	-0.5000
dcg_-2=1,-1=-3        	2	-3.0000
ndcg_-1=-2,0=-1       	2	-2.0000
ndcg_rel_-1=-2,-2=-1,0=-3	2	0.0000
Rndcg_0=-4,1=5        	2	0.0000
rbp_resid_p=0.5       	2	1.0000
unj_5                 	2	0.0000
unj_10                	2	0.0000
unj_20                	2	0.0000
num_ret               	all	5
utility_2,-1,-0.5,0.25	all	23.5000
G_-1=-1,3=6           	all	-0.2164
dcg_-2=1,-1=-3        	all	-1.9256
ndcg_-1=-2,0=-1       	all	-1.0821
ndcg_rel_-1=-2,-2=-1,0=-3	all	0.0000
Rndcg_0=-4,1=5        	all	0.0662
rbp_resid_p=0.5       	all	0.8281
unj_5                 	all	0.2000
unj_10                	all	0.1000
unj_20                	all	0.0500
)");
}

// trec_eval -c -J: the document that it invents for a topic is thrown out again.
TEST_CASE("a topic that the run lacks, when documents without judgment are left out") {
  trec::selection measures;
  for (char const* m : {"relstring.20", "rbp_resid.p=0.5", "P.5"}) {
    REQUIRE(measures.add(m) == "");
  }
  trec::evaluation all(measures, true);
  auto const t = topic_of({1, 0}, 0);
  all.add_missing("1", t, true);
  all.add_missing("2", t);
  std::string out;
  all.print_topic(0, out);
  all.print_topic(1, out);
  CHECK(out ==
        "P_5                   \t1\t0.0000\nrelstring_20          \t1\t''\nrbp_resid_p=0.5       \t1\t0.0000\n"
        "P_5                   \t2\t0.0000\nrelstring_20          \t2\t'-'\nrbp_resid_p=0.5       \t2\t1.0000\n");
}

TEST_CASE("many grades, in any order, are counted") {
  trec::topic t;
  for (int round = 0; round < 2; ++round) {
    t.clear();
    for (std::int32_t i = 0; i < 500; ++i) {
      t.add_judgment((i * 7919) % 250);
      t.add_retrieved(trec::unpooled);
    }
    t.finish();
    REQUIRE(t.levels().size() == 250);
    for (std::size_t i = 0; i < 250; ++i) {
      CHECK(t.levels()[i].level == static_cast<std::int32_t>(i));
      CHECK(t.levels()[i].count == 2);
    }
    CHECK(t.relevant() == 498);
    CHECK(t.retrieved() == 500);
  }
}

TEST_CASE("a topic with a hundred thousand grades takes no time to speak of, and every one is counted") {
  constexpr std::size_t kinds = 100'003; // a prime: the multiples of 7919 meet every grade
  trec::topic t;
  for (int again = 0; again < 2; ++again) {
    t.clear();
    for (std::size_t i = 0; i < 2 * kinds; ++i) {
      t.add_judgment(static_cast<std::int32_t>(i * 7919 % kinds));
    }
    t.add_retrieved(static_cast<std::int32_t>(kinds) - 1);
    t.finish();
    t.finish(); // changes nothing
    REQUIRE(t.levels().size() == kinds);
    for (std::size_t i = 0; i < kinds; ++i) {
      if (t.levels()[i].level != static_cast<std::int32_t>(i) || t.levels()[i].count != 2) {
        FAIL("grade " << i << " is counted as " << t.levels()[i].count);
      }
    }
    CHECK(t.relevant() == 2 * (kinds - 1));
  }
  CHECK(trec::ndcg_cut{1}(t) == 1);
}

TEST_CASE("names of measures: what is wrong is said") {
  auto const wrong = [](char const* text) {
    trec::selection s;
    return s.add(text);
  };
  CHECK(wrong("mapp") == "mapp: no measure has this name");
  CHECK(wrong("") == ": no measure has this name");
  CHECK(wrong("P_10") == "P_10: parameters follow a point: P.10");
  CHECK(wrong("ndcg_cut_10,20") == "ndcg_cut_10,20: parameters follow a point: ndcg_cut.10,20");
  CHECK(wrong("iprec_at_recall_0.10") == "iprec_at_recall_0.10: parameters follow a point: iprec_at_recall.0.10");
  CHECK(wrong("P_x") == "P_x: no measure has this name");
  CHECK(wrong("map_5") == "map_5: no measure has this name");
  CHECK(wrong("map.5") == "map.5: this measure has no parameters");
  CHECK(wrong("official.5") == "official.5: a group has no parameters");
  CHECK(wrong("P.") == "P.: a parameter is no number");
  CHECK(wrong("P.5,,7") == "P.5,,7: a parameter is no number");
  CHECK(wrong("P.5,five") == "P.5,five: a parameter is no number");
  CHECK(wrong("P.0") == "P.0: a cutoff is at least 1");
  CHECK(wrong("P.-5") == "P.-5: a cutoff is at least 1");
  CHECK(wrong("P.5,5") == "P.5,5: a cutoff comes twice");
  CHECK(wrong("P.inf") == "P.inf: a parameter is no number");
  CHECK(wrong("utility.1,2") == "utility.1,2: utility has four parameters");
  CHECK(wrong("ndcg.3") == "ndcg.3: parameters are level=gain");
  CHECK(wrong("ndcg.=3") == "ndcg.=3: parameters are level=gain");
  CHECK(wrong("ndcg.one=3") == "ndcg.one=3: a level is a whole number of at least -2");
  CHECK(wrong("ndcg.-3=3") == "ndcg.-3=3: a level is a whole number of at least -2");
  CHECK(wrong("ndcg.1=") == "ndcg.1=: a parameter is no number");

  trec::selection s;
  CHECK(s.add("P.20,10") == "");
  CHECK(s.add("map") == "");
  CHECK(s.add("P") == "");
  CHECK(s.add("rbp.p=0.8,1=2") == "");
  REQUIRE(s.items().size() == 4);
  CHECK(s.items()[0].name == "map"); // the catalogue's order
  CHECK(s.items()[1].name == "P_10");
  CHECK(s.items()[2].name == "P_20");
  CHECK(s.items()[3].name == "rbp_p=0.8,1=2");
}

TEST_CASE("a measure that was refused is not chosen") {
  for (char const* const refused : {"utility.1", "set_F.x", "relstring.x", "iprec_at_recall.x"}) {
    CAPTURE(refused);
    trec::selection measures;
    CHECK(measures.add(refused) != "");
    CHECK(measures.empty());
    CHECK(measures.add("num_ret") == "");
    CHECK(measures.items().size() == 1);
  }
  trec::selection measures;
  CHECK(measures.add("map.5") != "");
  CHECK(measures.add("recip_rank") == "");
  CHECK(measures.items().size() == 1);
}
