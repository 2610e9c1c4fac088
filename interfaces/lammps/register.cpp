/* How pair_style coset gets into LAMMPS: `plugin load cosetplugin.so` of current versions (lammpsplugin_init), and
 * coset_lammps_register for programs and scripts that hold a LAMMPS of their own. */
#include <cstring>

#include "force.h"
#include "lammps.h"
#include "pair_coset.h"

namespace {

LAMMPS_NS::Pair* make_pair(LAMMPS_NS::LAMMPS* lmp) {
  return new LAMMPS_NS::PairCoset(lmp);
}

#ifndef COSET_LAMMPS_2021
/* The struct of lammpsplugin.h, which the packages of LAMMPS leave out. */
struct Plugin {
  const char* version;
  const char* style;
  const char* name;
  const char* info;
  const char* author;
  union {
    LAMMPS_NS::Pair* (*v1)(LAMMPS_NS::LAMMPS*);
    void* v2;
  } creator;
  void* handle;
};
using Register = void (*)(Plugin*, void*);
#endif

}  // namespace

extern "C" {

/* lmp: the handle that lammps_open of LAMMPS' C library returns. */
void coset_lammps_register(void* lmp) {
  (*static_cast<LAMMPS_NS::LAMMPS*>(lmp)->force->pair_map)["coset"] = make_pair;
}

#ifndef COSET_LAMMPS_2021
void lammpsplugin_init(void* lmp, void* handle, void* regfunc) {
  Plugin plugin;
  std::memset(&plugin, 0, sizeof plugin);
  plugin.version = COSET_LAMMPS_VERSION;
  plugin.style = "pair";
  plugin.name = "coset";
  plugin.info = "interatomic potentials of Coset model files";
  plugin.author = "Coset";
  plugin.creator.v1 = make_pair;
  plugin.handle = handle;
  reinterpret_cast<Register>(regfunc)(&plugin, lmp);
}
#endif
}
