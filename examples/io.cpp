// Files of ranking data: runs and judgments, features, tables; and the measures of trec_eval.
#include "claim.hpp"

#include <rankwise/io/join.hpp>
#include <rankwise/io/letor.hpp>
#include <rankwise/io/trec.hpp>
#include <rankwise/io/tsv.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/trec/evaluation.hpp>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rw = rankwise;

namespace {

void write(char const* name, std::string_view text) {
  std::ofstream(name, std::ios::binary) << text;
}

void runs() {
  write("io_example.qrels", "1 0 a 2\n1 0 b 0\n1 0 c 1\n2 0 a 1\n");
  write("io_example.run", "1 Q0 b 1 9.5 bm25\n1 Q0 a 2 7 bm25\n1 Q0 x 3 7 bm25\n");
  //{ trec
  auto const judgments = rw::io::read_qrels("io_example.qrels");
  auto const run = rw::io::read_run("io_example.run");
  std::printf("%zu documents for %zu topics by %.*s\n", run.size(), run.topic_count(),
              static_cast<int>(run.tag().size()), run.tag().data());
  //} trec

  //{ join
  auto const rows = rw::io::join(run, judgments); // topics that both have
  double const quality =
      rw::metric::ndcg<10>{}(rows.scores(), rows.labels(), rows.lists(),
                             {.judged = rows.judged(), .retrieved = rows.retrieved(), .ids = rows.ids()});
  for (std::size_t i = 0; i < rows.labels().size(); ++i) {
    std::printf("%.*s  %g\n", static_cast<int>(rows.document(i).size()), rows.document(i).data(), rows.labels()[i]);
  }
  //} join
  claim(rows.lists().size() == 1 && rows.labels().size() == 4 && rows.retrieved_of(0) == 3, "one topic, four rows");
  claim(rows.document(1) == "x" && rows.document(2) == "a", "equal scores: the greater id first");
  claim(rows.document(3) == "c" && rows.retrieved()[3] == 0, "a judged document that the run lacks comes last");
  claim(near(quality, (3 / 2.0) / (3 + 1 / 1.5849625007211562), 1e-9), "NDCG knows of it");

  //{ evaluation
  namespace trec = rw::metric::trec;
  trec::selection measures;
  std::string const wrong = measures.add("ndcg_cut.5,10"); // empty: nothing is wrong
  measures.add("map");

  trec::evaluation result(measures);
  trec::topic topic({.relevant_from = 1});
  std::string text;
  rw::io::each_topic(run, judgments, {}, [&](rw::io::topic_levels const& t) {
    fill(topic, t.levels, t.retrieved);
    result.add(t.topic, topic);
    result.print_topic(result.topics() - 1, text);
  });
  result.print_total(run.tag(), text);
  std::fputs(text.c_str(), stdout); // what trec_eval -q prints
  //} evaluation
  claim(wrong.empty() && near(result.total(0), 1 / 3.0 / 2), "map: one of two relevant documents, at rank 3");

  //{ measures
  auto const average = trec::average_precision{}(topic);
  auto const at_ten = trec::precision{.cutoff = 10}(topic);
  trec::level_gain const gains[]{{1, 1}, {2, 7}}; // trec_eval -m ndcg.1=1,2=7
  auto const ndcg = trec::ndcg{gains}(topic);
  //} measures
  claim(near(average, 1 / 6.0) && near(at_ten, .1) && near(ndcg, 3.5 / (7 + 1 / 1.5849625007211562)),
        "measures by hand");

  //{ topic
  trec::topic by_hand; // grades by rank: relevant, without judgment, not relevant; and one that was missed
  by_hand.add_retrieved(2);
  by_hand.add_retrieved(trec::unpooled);
  by_hand.add_retrieved(0);
  for (int grade : {2, 0, 1}) {
    by_hand.add_judgment(grade);
  }
  by_hand.finish();
  auto const recall = trec::set_recall{}(by_hand);
  //} topic
  claim(recall == .5, "recall by hand");

  //{ catalogue
  for (auto const& family : trec::catalogue<>) {
    std::printf("%s: %s\n", family.name, family.help);
  }
  trec::selection chosen;
  chosen.add("all_trec");
  std::string const complaint = chosen.add("P.0"); // "P.0: a cutoff is at least 1"
  //} catalogue
  claim(complaint == "P.0: a cutoff is at least 1", "what is wrong with a name is said");
  std::remove("io_example.qrels");
  std::remove("io_example.run");
}

void errors() {
  bool caught = false;
  //{ errors
  try {
    rw::io::read_run("no.run");
  } catch (rw::error const& e) {
    std::puts(e.what()); // rankwise: no.run: the file cannot be read: No such file or directory
    caught = true;
  }
  rw::status s;
  auto const run = rw::io::parse_run("1 Q0 a 1 high bm25\n", {.errors = s});
  // s.where is the line and s.found the column: "rankwise: line 1, column 10: a score is a number"
  //} errors
  claim(caught && run.empty() && s.where == 1 && s.found == 10, "errors have a line and a column");
}

void features() {
  write("io_example.letor", "2 qid:7 1:0.5 3:1.25 # a\n0 qid:7 2:1\n1 qid:9 1:2\n");
  //{ letor
  auto const data = rw::io::read_letor("io_example.letor");
  std::vector<float> matrix(data.size() * data.columns());
  data.to_dense(matrix, data.columns());
  auto const labels = data.labels();
  auto const lists = data.lists(); // by qid
  //} letor
  claim(lists.size() == 2 && labels[0] == 2 && matrix[3] == 1.25f && data.query(1) == "9", "features of two queries");
  //{ sizes
  auto const sizes = rw::io::parse_query_sizes("2\n1\n"); // or read_query_sizes("train.query")
  //} sizes
  claim(sizes.items() == data.size(), "sizes of queries");
  std::remove("io_example.letor");
}

void tables() {
  //{ tsv
  auto const table = rw::io::parse_tsv("query\tprice\nred shoe\t19.5\nred shoe\t\nblue hat\t7\n");
  std::vector<float> price(table.size());
  float const unknown = -1;
  table.read_column(table.find("price"), std::span<float>(price), {}, &unknown);
  auto const lists = table.lists_by(table.find("query"));
  //} tsv
  claim(price[1] == -1 && price[2] == 7 && lists.size() == 2, "a table with a missing price");

  //{ ids
  rw::io::ids shops;
  auto const first = shops.add("shop-17"); // 0
  auto const second = shops.add("shop-3"); // 1
  auto const again = shops.add("shop-17"); // 0
  bool const known = shops.find("shop-5") != rw::io::ids::none;
  //} ids
  claim(first == 0 && second == 1 && again == 0 && !known && shops[1] == "shop-3", "texts as numbers");

  //{ number
  std::string_view const text = "0.3e-1,";
  double x = 0;
  char const* const end = rw::io::parse_number(text.data(), text.data() + text.size(), x);
  //} number
  claim(x == 0.03 && *end == ',', "a number and where it ends");

  write("io_example.txt", "any bytes");
  //{ mapped
  rw::io::mapped_file const file("io_example.txt");
  std::string_view const bytes = file.text(); // as long as the file lives
  //} mapped
  claim(bytes == "any bytes", "a mapped file");
  std::remove("io_example.txt");

  struct seen {
    std::size_t done = 0;
  } so_far;
  //{ progress
  auto const judgments = rw::io::parse_qrels(
      "1 0 a 1\n",
      {.progress = [](void* context, std::size_t done, std::size_t) { static_cast<seen*>(context)->done = done; },
       .context = &so_far});
  //} progress
  claim(judgments.size() == 1 && so_far.done == 8, "progress");
}

} // namespace

int main() {
  runs();
  errors();
  features();
  tables();
  return broken_claims;
}
