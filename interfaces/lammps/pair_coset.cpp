#include "pair_coset.h"

#include <cmath>
#include <cstring>

#include "atom.h"
#include "comm.h"
#include "coset/deploy/coset.h"
#include "error.h"
#include "force.h"
#include "memory.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "update.h"

namespace LAMMPS_NS {

namespace {

/* eV in kcal/mol, as LAMMPS' units real and metal relate */
constexpr double kElectronvoltReal = 23.060548;

std::size_t doubles_of(std::size_t bytes) {
  return (bytes + sizeof(double) - 1) / sizeof(double);
}

int atomic_number(const std::string& symbol, const coset_potential* potential, std::string& known) {
  int found = -1;
  for (int s = 0; s < coset_species_count(potential); ++s) {
    known += std::string(known.empty() ? "" : " ") + coset_species_symbol(potential, s);
    if (symbol == coset_species_symbol(potential, s)) found = s;
  }
  return found;
}

}  // namespace

PairCoset::PairCoset(LAMMPS* lmp) : Pair(lmp) {
  single_enable = 0;
  restartinfo = 0;
  one_coeff = 1;
  manybody_flag = 1;
  no_virial_fdotr_compute = 1;
  centroidstressflag = 2; /* CENTROID_NOTAVAIL */
}

PairCoset::~PairCoset() {
  coset_close(potential_);
  if (allocated) {
    memory->destroy(setflag);
    memory->destroy(cutsq);
  }
}

void PairCoset::give_up(const std::string& text) {
  error->one(FLERR, "pair_style coset: " + text);
  std::abort(); /* error->one does not return; LAMMPS' headers do not say so */
}

void PairCoset::allocate() {
  allocated = 1;
  const int n = atom->ntypes + 1;
  memory->create(setflag, n, n, "pair:setflag");
  memory->create(cutsq, n, n, "pair:cutsq");
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) setflag[i][j] = 0;
}

void PairCoset::settings(int narg, char** arg) {
  float64_ = narg == 1 && std::strcmp(arg[0], "float64") == 0;
  if (narg > 1 || (narg == 1 && !float64_))
    error->all(FLERR, std::string("pair_style coset: expected nothing or 'float64'; received '") + arg[0] + "'");
}

void PairCoset::coeff(int narg, char** arg) {
  if (!allocated) allocate();
  if (narg != 3 + atom->ntypes || std::strcmp(arg[0], "*") != 0 || std::strcmp(arg[1], "*") != 0)
    error->all(FLERR, std::string("pair_coeff of pair_style coset: expected * * MODEL and one element for each of ") +
                          std::to_string(atom->ntypes) + " atom types");
  char text[512];
  coset_close(potential_);
  potential_ = coset_open(arg[2], float64_ ? COSET_FLOAT64 : COSET_MIXED, text, sizeof text);
  if (!potential_) error->all(FLERR, std::string("pair_style coset: ") + text);
  cutoff_ = coset_cutoff(potential_);
  species_of_type_.assign(1, -1);
  for (int t = 1; t <= atom->ntypes; ++t) {
    std::string known;
    species_of_type_.push_back(atomic_number(arg[2 + t], potential_, known));
    if (species_of_type_.back() < 0)
      error->all(FLERR,
                 std::string("pair_style coset: the model has no element '") + arg[2 + t] + "'; it has " + known);
  }
  for (int i = 1; i <= atom->ntypes; ++i)
    for (int j = i; j <= atom->ntypes; ++j) setflag[i][j] = 1;
  const std::size_t row = coset_exchange_width(potential_) * coset_exchange_bytes(potential_);
  comm_forward = static_cast<int>(doubles_of(row));
  comm_reverse = comm_reverse_off = comm_forward > 9 ? comm_forward : 9;
}

void PairCoset::init_style() {
  if (std::strcmp(update->unit_style, "metal") != 0 && std::strcmp(update->unit_style, "real") != 0)
    error->all(FLERR, std::string("pair_style coset: expected units metal or real"));
#ifdef COSET_LAMMPS_2021
  /* Without neigh_request.h no full list can be asked for; with newton off the half list has every pair that an owned
   * atom takes part in. */
  if (force->newton_pair) error->all(FLERR, std::string("pair_style coset: this version of LAMMPS needs 'newton off'"));
  neighbor->request(this, instance_me);
#else
  neighbor->add_request(this, NeighConst::REQ_FULL);
#endif
}

double PairCoset::init_one(int i, int j) {
  if (setflag[i][j] == 0) error->all(FLERR, std::string("pair_style coset: all pair coeffs are not set"));
  return cutoff_;
}

double PairCoset::memory_usage() {
  return static_cast<double>(
      8 * (sender_.capacity() + start_.capacity() + vectors_.capacity() + forces_.capacity() + virials_.capacity()));
}

/* visit(receiver, sender) for every directed edge candidate whose receiver is owned. */
template <class Visit>
void PairCoset::for_pairs(Visit&& visit) const {
  for (int ii = 0; ii < list->inum; ++ii) {
    const int i = list->ilist[ii];
    for (int jj = 0; jj < list->numneigh[i]; ++jj) {
      const int j = list->firstneigh[i][jj] & NEIGHMASK;
      visit(i, j);
#ifdef COSET_LAMMPS_2021
      if (j < atom->nlocal) visit(j, i);
#endif
    }
  }
}

void PairCoset::build_graph() {
  double** x = atom->x;
  const int owned = atom->nlocal;
  const int nodes = owned + atom->nghost;
  species_.resize(nodes);
  for (int i = 0; i < nodes; ++i) species_[i] = species_of_type_[atom->type[i]];
  const double square = cutoff_ * cutoff_;
  const auto within = [&](int i, int j) {
    const double d[3] = {x[j][0] - x[i][0], x[j][1] - x[i][1], x[j][2] - x[i][2]};
    return d[0] * d[0] + d[1] * d[1] + d[2] * d[2] < square;
  };
  start_.assign(owned + 1, 0);
  for_pairs([&](int i, int j) { start_[i + 1] += within(i, j) ? 1 : 0; });
  for (int i = 0; i < owned; ++i) start_[i + 1] += start_[i];
  place_.assign(start_.begin(), start_.end());
  sender_.resize(start_[owned]);
  vectors_.resize(3 * start_[owned]);
  for_pairs([&](int i, int j) {
    if (!within(i, j)) return;
    const std::int64_t e = place_[i]++;
    sender_[e] = j;
    for (int c = 0; c < 3; ++c) vectors_[3 * e + c] = x[j][c] - x[i][c];
  });
}

void PairCoset::run() {
  const std::size_t owned = atom->nlocal;
  const std::size_t nodes = owned + atom->nghost;
  energies_.assign(owned, 0.0);
  forces_.assign(3 * nodes, 0.0);
  virials_.assign(9 * nodes, 0.0);
  if (sender_.empty()) sender_.reserve(1), vectors_.reserve(1);
  const coset_graph graph{static_cast<std::int64_t>(owned),
                          static_cast<std::int64_t>(nodes),
                          species_.data(),
                          start_.data(),
                          sender_.data(),
                          vectors_.data()};
  const coset_results results{&energy_, energies_.data(), forces_.data(), virial_, virials_.data()};
  if (coset_evaluate_graph(potential_, &graph, exchange_forward, exchange_reverse, this, &results) != COSET_OK)
    give_up(coset_error(potential_));
}

void PairCoset::add_results(double unit) {
  const int owned = atom->nlocal;
  const int nodes = owned + atom->nghost;
  /* Ghosts' forces go home here with newton off, by LAMMPS itself with newton on. */
  const int last = force->newton_pair ? nodes : owned;
  for (int i = 0; i < last; ++i)
    for (int c = 0; c < 3; ++c) atom->f[i][c] += unit * forces_[3 * i + c];
  if (eflag_global) eng_vdwl += unit * energy_;
  if (eflag_atom)
    for (int i = 0; i < owned; ++i) eatom[i] += unit * energies_[i];
  /* LAMMPS' virial is the sum of r f: minus dE/dstrain; order xx yy zz xy xz yz. */
  constexpr int kPlace[6] = {0, 4, 8, 1, 2, 5};
  if (vflag_global)
    for (int c = 0; c < 6; ++c) virial[c] -= unit * virial_[kPlace[c]];
  if (vflag_atom)
    for (int i = 0; i < owned; ++i)
      for (int c = 0; c < 6; ++c) vatom[i][c] -= unit * virials_[9 * i + kPlace[c]];
}

void PairCoset::compute(int eflag, int vflag) {
  ev_init(eflag, vflag);
  build_graph();
  run();
  if (!force->newton_pair) send_home(Reverse::forces);
  if (vflag_atom) send_home(Reverse::virials);
  add_results(std::strcmp(update->unit_style, "real") == 0 ? kElectronvoltReal : 1.0);
}

void PairCoset::send_home(Reverse what) {
  reverse_ = what;
  reverse_now();
  reverse_ = Reverse::gradients;
}

void PairCoset::forward_now() {
#ifdef COSET_LAMMPS_2021
  comm->forward_comm_pair(this);
#else
  comm->forward_comm(this);
#endif
}

void PairCoset::reverse_now() {
#ifdef COSET_LAMMPS_2021
  comm->reverse_comm_pair(this);
#else
  comm->reverse_comm(this);
#endif
}

int PairCoset::exchange_forward(void* self, void* rows, std::int64_t width) {
  auto* pair = static_cast<PairCoset*>(self);
  pair->rows_ = static_cast<char*>(rows);
  pair->row_bytes_ = width * coset_exchange_bytes(pair->potential_);
  pair->forward_now();
  return 0;
}

int PairCoset::exchange_reverse(void* self, void* rows, std::int64_t width) {
  auto* pair = static_cast<PairCoset*>(self);
  pair->rows_ = static_cast<char*>(rows);
  pair->row_bytes_ = width * coset_exchange_bytes(pair->potential_);
  pair->reverse_now();
  return 0;
}

int PairCoset::pack_forward_comm(int n, int* list_of, double* buffer, int, int*) {
  const std::size_t stride = doubles_of(row_bytes_);
  for (int i = 0; i < n; ++i) std::memcpy(buffer + i * stride, rows_ + list_of[i] * row_bytes_, row_bytes_);
  return static_cast<int>(n * stride);
}

void PairCoset::unpack_forward_comm(int n, int first, double* buffer) {
  const std::size_t stride = doubles_of(row_bytes_);
  for (int i = 0; i < n; ++i) std::memcpy(rows_ + (first + i) * row_bytes_, buffer + i * stride, row_bytes_);
}

int PairCoset::pack_reverse_comm(int n, int first, double* buffer) {
  if (reverse_ != Reverse::gradients) {
    const std::size_t width = reverse_ == Reverse::forces ? 3 : 9;
    const std::vector<double>& from = reverse_ == Reverse::forces ? forces_ : virials_;
    std::memcpy(buffer, from.data() + width * first, width * n * sizeof(double));
    return static_cast<int>(width * n);
  }
  const std::size_t stride = doubles_of(row_bytes_);
  for (int i = 0; i < n; ++i) std::memcpy(buffer + i * stride, rows_ + (first + i) * row_bytes_, row_bytes_);
  return static_cast<int>(n * stride);
}

namespace {

template <class T>
void add_row(char* to, const double* from, std::size_t bytes) {
  T* target = reinterpret_cast<T*>(to);
  const T* source = reinterpret_cast<const T*>(from);
  for (std::size_t c = 0; c < bytes / sizeof(T); ++c) target[c] += source[c];
}

}  // namespace

void PairCoset::unpack_reverse_comm(int n, int* list_of, double* buffer) {
  if (reverse_ != Reverse::gradients) {
    const std::size_t width = reverse_ == Reverse::forces ? 3 : 9;
    std::vector<double>& to = reverse_ == Reverse::forces ? forces_ : virials_;
    for (int i = 0; i < n; ++i)
      for (std::size_t c = 0; c < width; ++c) to[width * list_of[i] + c] += buffer[width * i + c];
    return;
  }
  const std::size_t stride = doubles_of(row_bytes_);
  const bool wide = coset_exchange_bytes(potential_) == 8;
  for (int i = 0; i < n; ++i) {
    char* row = rows_ + list_of[i] * row_bytes_;
    if (wide)
      add_row<double>(row, buffer + i * stride, row_bytes_);
    else
      add_row<float>(row, buffer + i * stride, row_bytes_);
  }
}

}  // namespace LAMMPS_NS
