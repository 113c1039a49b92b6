// Evaluation and label statistics over the processes of an MPI job:
//   mpirun -n 4 example_engine_mpi
// prints the same bits for any number of processes. Without mpirun it is a job of one.
#include <rankwise/engine/mpi.hpp>
#include <rankwise/rankwise.hpp>

#include <cstdio>
#include <vector>

namespace rw = rankwise;

namespace {

// Every process reads the same data here; in earnest it reads its own files.
struct data {
  std::vector<std::size_t> sizes;
  std::vector<float> scores, grades;

  data() {
    for (std::size_t l = 0; l < 500; ++l) {
      sizes.push_back(3 + l * 7 % 40);
      for (std::size_t i = 0; i < sizes.back(); ++i) {
        std::size_t const k = scores.size();
        scores.push_back(static_cast<float>(k * 7919 % 1000) / 1000);
        grades.push_back(static_cast<float>(k * 104729 % 13 / 4));
      }
    }
  }
};

} // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  {
    data const d;
    //{ evaluate
    auto const all = rw::lists_of_sizes(d.sizes);
    auto const mine = rw::mpi::share_of(all); // whole lists, about as many items as the others have
    auto const measures = rw::metrics(rw::metric::ndcg<10>{}, rw::metric::mrr<10>{});
    auto result = rw::evaluate(measures, mine.of(d.scores), mine.of(d.grades), mine.lists);
    rw::mpi::merge(result); // over all lists now, at every process
    //} evaluate

    //{ labels
    rw::label::label_mix grades(4);
    rw::label::histogram scores(0, 1, 10);
    grades.add(mine.of(d.grades));
    scores.add(mine.of(d.scores));
    rw::mpi::merge(grades);
    rw::mpi::merge(scores);
    //} labels

    //{ loss
    // A loss is a sum over lists: the values of the lists, added up without rounding.
    std::vector<double> per_list(mine.lists.size());
    rw::loss::softmax{}.value(mine.of(d.scores), mine.of(d.grades), mine.lists, {.per_list = per_list});
    rw::stat::exact_sum loss;
    loss.add(per_list);
    rw::mpi::merge(loss);
    //} loss

    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
      std::fputs(result.to_tsv().c_str(), stdout);
      std::printf("lists %zu, softmax loss %a\n", result.lists(), loss.value());
      std::printf("scores: mean %a, deviation %a\n", scores.mean(), scores.standard_deviation());
      std::printf("grades: %g %g %g %g\n", grades.weight(0), grades.weight(1), grades.weight(2), grades.weight(3));
    }
  }
  MPI_Finalize();
}
