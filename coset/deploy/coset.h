/* Interatomic potentials of Coset model files, for any language that can call C. No function throws or prints; each
 * says what went wrong in words. Units: eV, angstrom, eV/angstrom^3. Arrays are dense and row-major.
 *
 * One handle serves one thread at a time; handles are independent, and any number may be open. Results do not depend
 * on the number of threads. docs/deploy.md has examples. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coset_potential coset_potential;

enum coset_status { COSET_OK = 0, COSET_FAILED = 1 };
enum coset_precision {
  COSET_MIXED = 0, /* float32, energies and forces summed in double */
  COSET_FLOAT64 = 1
};

/* "0.1.0"; lives as long as the library. */
const char* coset_version(void);

/* Opens a model file. NULL on failure, and one line about it in error (cut to error_size bytes; may be NULL). */
coset_potential* coset_open(const char* path, enum coset_precision precision, char* error, size_t error_size);
/* Another handle on the same weights, for another thread. */
coset_potential* coset_clone(const coset_potential* potential, char* error, size_t error_size);
void coset_close(coset_potential* potential); /* NULL is allowed */

/* What the last failed call on this handle complained about; "" when none failed. Valid until the next call. */
const char* coset_error(const coset_potential* potential);

double coset_cutoff(const coset_potential* potential);
/* Species of the model, in the order of their indices. */
int32_t coset_species_count(const coset_potential* potential);
const char* coset_species_symbol(const coset_potential* potential, int32_t index);    /* NULL when out of range */
int32_t coset_species_index(const coset_potential* potential, int32_t atomic_number); /* -1 when unknown */
/* JSON: options of the network, origin and licence. Lives as long as the handle. */
const char* coset_describe(const coset_potential* potential);

/* Threads of all handles; 0 follows OMP_NUM_THREADS. */
enum coset_status coset_set_threads(int32_t threads);

/* Where to write; any pointer may be NULL. */
typedef struct coset_results {
  double* energy;       /* (1) */
  double* energies;     /* (atoms) */
  double* forces;       /* (atoms, 3) */
  double* virial;       /* (3, 3): dE/d strain; divided by the volume it is the stress, positive under tension */
  double* atom_virials; /* (atoms, 3, 3); their sum is the virial */
} coset_results;

typedef struct coset_structure {
  int64_t atoms;
  const double* positions; /* (atoms, 3), anywhere relative to the cell */
  const int32_t* numbers;  /* (atoms) atomic numbers */
  const double* cell;      /* (3, 3), a row for each vector; NULL without periodicity */
  int32_t periodic[3];     /* along which vectors; not read without a cell */
} coset_structure;

enum coset_status coset_evaluate(coset_potential* potential, const coset_structure* structure,
                                 const coset_results* results);

/* For hosts that divide space: nodes are the owned atoms, then the ghosts, copies of atoms owned elsewhere. Owned atoms
 * receive messages over edges from all neighbours nearer than the cutoff; ghosts need no edges of their own. */
typedef struct coset_graph {
  int64_t owned;
  int64_t nodes;                 /* owned and ghosts */
  const int32_t* species;        /* (nodes) indices of the model's species */
  const int64_t* receiver_start; /* (owned + 1): edges of owned atom i are receiver_start[i] .. receiver_start[i+1]-1 */
  const int64_t* sender;         /* (edges) nodes */
  const double* vectors;         /* (edges, 3): position of the sender minus that of the receiver */
} coset_graph;

/* Called between layers with a row of `width` numbers for each node. Forward: copy the rows of owners to their ghosts.
 * Reverse: add the rows of ghosts to their owners. Return 0, or anything else to give up. */
typedef int (*coset_exchange)(void* host, void* rows, int64_t width);

/* Bytes of a number in those rows (4 or 8), and the widest row of any layer. */
int32_t coset_exchange_bytes(const coset_potential* potential);
int64_t coset_exchange_width(const coset_potential* potential);

/* energies (owned), forces and atom_virials (nodes; what stands at ghosts belongs to their owners), energy and virial
 * of this part. Without ghosts the two exchanges may be NULL. */
enum coset_status coset_evaluate_graph(coset_potential* potential, const coset_graph* graph, coset_exchange forward,
                                       coset_exchange reverse, void* host, const coset_results* results);

#ifdef __cplusplus
}
#endif
