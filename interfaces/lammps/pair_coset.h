/* pair_style coset: interatomic potentials of Coset model files in LAMMPS, message passing over MPI ranks.
 *
 *   pair_style coset [float64]
 *   pair_coeff * * model.safetensors Si O ...        one element for each atom type
 *
 * Between two layers of the network the features of ghost atoms come by forward communication, their gradients go home by
 * reverse communication: ghosts reach one cutoff far, whatever the number of layers. Units metal and real.
 *
 * This folder may be used under the MIT licence, so that it can be combined with LAMMPS (GPL-2). */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pair.h"

struct coset_potential;

namespace LAMMPS_NS {

class PairCoset : public Pair {
 public:
  explicit PairCoset(LAMMPS* lmp);
  ~PairCoset() override;

  void compute(int eflag, int vflag) override;
  void settings(int narg, char** arg) override;
  void coeff(int narg, char** arg) override;
  void init_style() override;
  double init_one(int i, int j) override;
  double memory_usage() override;

  int pack_forward_comm(int n, int* list, double* buffer, int pbc_flag, int* pbc) override;
  void unpack_forward_comm(int n, int first, double* buffer) override;
  int pack_reverse_comm(int n, int first, double* buffer) override;
  void unpack_reverse_comm(int n, int* list, double* buffer) override;

 private:
  enum class Reverse { gradients, forces, virials };

  void allocate();
  void build_graph();
  template <class Visit>
  void for_pairs(Visit&& visit) const;
  void run();
  void send_home(Reverse what);
  void add_results(double energy_unit);
  static int exchange_forward(void* self, void* rows, std::int64_t width);
  static int exchange_reverse(void* self, void* rows, std::int64_t width);
  void forward_now();
  void reverse_now();
  [[noreturn]] void give_up(const std::string& text);

  coset_potential* potential_ = nullptr;
  bool float64_ = false;
  double cutoff_ = 0.0;
  std::vector<int> species_of_type_;

  std::vector<std::int32_t> species_;
  std::vector<std::int64_t> start_, sender_, place_;
  std::vector<double> vectors_;
  double energy_ = 0.0;
  double virial_[9] = {};
  std::vector<double> energies_, forces_, virials_;

  char* rows_ = nullptr; /* what travels, and its bytes an atom */
  std::size_t row_bytes_ = 0;
  Reverse reverse_ = Reverse::gradients;
};

}  // namespace LAMMPS_NS
