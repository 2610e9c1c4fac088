/* coset-lmp: the `lmp` of Debian's LAMMPS with pair_style coset in it; the same input scripts and options. */
#include <mpi.h>

#include "input.h"
#include "lammps.h"

extern "C" void coset_lammps_register(void* lmp);

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  {
    LAMMPS_NS::LAMMPS lammps(argc, argv, MPI_COMM_WORLD);
    coset_lammps_register(&lammps);
    lammps.input->file();
  }
  MPI_Finalize();
  return 0;
}
