'use strict';

// Reads what the page carries and draws it: curves with Chart.js, motion in 3D on a plain canvas.
(() => {
  const data = (id) => {
    const element = document.getElementById(id + '-data');
    return element ? JSON.parse(element.textContent) : null;
  };
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

  // ---- curves -------------------------------------------------------------------------------------------------------

  const kColours = {train: '--faint', validation: '--accent', test: '--warm'};
  const kSpare = ['--accent', '--warm', '--good', '--violet', '--teal', '--plus', '--olive', '--soft'];
  // A training loss and the metric it is are one quantity; every other name gets a chart of its own.
  const kWords = {mse: 'MSE', mae: 'MAE', nll: 'NLL', lr: 'learning rate'};
  const words = (name) => kWords[name] || name.replaceAll('_', ' ');
  const chartOf = (name) => (name === 'loss' || name === 'mse' ? 'loss' : name);
  const charts = [];

  // Alone, a run's splits have colours; beside others, each run has one, and its training curves are thin and dashed.
  function dataset(curve, index, runs) {
    const colour = css(runs.length > 1 ? kSpare[runs.indexOf(curve.run) % kSpare.length]
                                       : kColours[curve.split] || kSpare[(index + 2) % kSpare.length]);
    const sparse = curve.x.length < 40 || curve.split === 'test';
    return {
      label: (runs.length > 1 ? curve.run + ' ' : '') + curve.split + ' ' + words(curve.name),
      data: curve.x.map((x, i) => ({x, y: curve.y[i]})),
      borderColor: colour, backgroundColor: colour,
      borderWidth: curve.split === 'train' ? 1.2 : 2,
      borderDash: runs.length > 1 && curve.split === 'train' ? [4, 3] : [],
      pointRadius: sparse ? 2.5 : 0, pointHoverRadius: 4,
      showLine: curve.split !== 'test', spanGaps: true, tension: 0,
    };
  }

  const short = (value) => {
    if (value === 0) return '0';
    const size = Math.abs(value);
    return size < 1e-3 || size >= 1e5 ? value.toExponential(1).replace('.0e', 'e') : String(Number(value.toPrecision(3)));
  };

  function drawChart(host, name, curves, wide, runs) {
    const figure = document.createElement('figure');
    if (wide) figure.className = 'wide';
    const caption = document.createElement('figcaption');
    const names = [...new Set(curves.map((curve) => words(curve.name)))].join(' and ');
    caption.textContent = names;
    const box = document.createElement('div');
    const canvas = document.createElement('canvas');
    box.append(canvas);
    figure.append(caption, box);
    host.append(figure);
    const values = curves.flatMap((curve) => curve.y).filter((y) => y !== null);
    const log = values.length > 0 && Math.min(...values) > 0 && Math.max(...values) > 8 * Math.min(...values);
    // Of a logarithmic axis' ruled lines: powers of ten, and 2 and 5 of each where there are few.
    const decades = log ? Math.log10(Math.max(...values) / Math.min(...values)) : 0;
    const labelled = (value) => (decades > 1.5 ? [1] : [1, 2, 5]).includes(Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(3)));
    const last = Math.max(1, ...curves.flatMap((curve) => curve.x).filter((x) => typeof x === 'number'));
    const grid = {color: css('--line'), borderColor: css('--edge'), drawTicks: false};
    const ticks = {color: css('--soft'), padding: 6, font: {size: 11}};
    charts.push(new Chart(canvas, {
      type: 'line',
      data: {datasets: curves.map((curve, i) => dataset(curve, i, runs))},
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
        interaction: {mode: 'nearest', axis: 'x', intersect: false},
        scales: {
          x: {type: 'linear', min: 0, max: last, grid: {...grid, display: false}, ticks: {...ticks, maxTicksLimit: 10, precision: 0},
              title: {display: true, text: 'epoch', color: css('--soft')}},
          y: {type: log ? 'logarithmic' : 'linear', grid,
              ticks: {...ticks, maxTicksLimit: 7, callback: (value) => (log && !labelled(value) ? '' : short(value))},
              title: {display: true, text: names + (log ? ', logarithmic' : ''), color: css('--soft')}},
        },
        plugins: {
          legend: {display: true, align: 'end',
                   labels: {usePointStyle: true, pointStyle: 'circle', boxWidth: 7, boxHeight: 7, color: css('--soft')}},
          tooltip: {callbacks: {label: (item) => ` ${item.dataset.label}: ${Number(item.parsed.y.toPrecision(4))}`,
                                title: (items) => (items.length ? 'epoch ' + items[0].parsed.x : '')}},
        },
      },
    }));
  }

  function drawCharts(curves) {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    const groups = new Map();
    const runs = [...new Set(curves.map((curve) => curve.run))];
    for (const curve of curves) {
      const name = chartOf(curve.name);
      groups.set(name, [...(groups.get(name) || []), curve]);
    }
    const host = document.getElementById('charts');
    charts.splice(0).forEach((chart) => chart.destroy());
    host.replaceChildren();
    const order = [...groups.keys()].sort((a, b) => (b === 'loss') - (a === 'loss'));
    order.forEach((name, i) => drawChart(host, name, groups.get(name), i === 0, runs));
  }

  // ---- motion -------------------------------------------------------------------------------------------------------

  class Stage {
    constructor(samples) {
      this.samples = samples;
      this.canvas = document.getElementById('stage');
      this.context = this.canvas.getContext('2d');
      this.home();
      this.time = 1;
      this.idle = !still;
      this.listen();
      this.show(0);
      new ResizeObserver(() => this.resize()).observe(this.canvas);
      this.resize();
      if (this.idle) requestAnimationFrame((now) => this.drift(now));
    }

    home() {
      this.turn = 0.6;
      this.tilt = 0.35;
      this.zoom = 1;
    }

    listen() {
      const canvas = this.canvas;
      canvas.addEventListener('pointerdown', (event) => {
        this.idle = false;
        canvas.setPointerCapture(event.pointerId);
      });
      canvas.addEventListener('pointermove', (event) => {
        if (!event.buttons) return;
        this.rotate(event.movementX * 0.008, event.movementY * 0.008);
      });
      canvas.addEventListener('wheel', (event) => {
        event.preventDefault();
        this.idle = false;
        this.zoom = Math.min(8, Math.max(0.4, this.zoom * Math.exp(-event.deltaY * 0.0012)));
        this.draw();
      }, {passive: false});
      canvas.addEventListener('keydown', (event) => {
        const steps = {ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1]};
        if (!steps[event.key]) return;
        event.preventDefault();
        this.idle = false;
        this.rotate(...steps[event.key]);
      });
      const count = this.samples.length;
      document.getElementById('previous').onclick = () => this.show((this.index + count - 1) % count);
      document.getElementById('next').onclick = () => this.show((this.index + 1) % count);
      this.slider = document.getElementById('time');
      this.button = document.getElementById('play');
      this.slider.oninput = () => {
        this.run(false);
        this.moment(this.slider.value / 1000);
      };
      this.button.onclick = () => this.run(!this.playing);
      document.getElementById('reset').onclick = () => {
        this.idle = false;
        this.home();
        this.draw();
      };
    }

    // Plays the true motion once in four seconds, from the start where it is at its end.
    run(on) {
      this.playing = on;
      this.button.textContent = on ? '❚❚' : '▶';
      this.button.setAttribute('aria-label', on ? 'pause' : 'play');
      if (!on) return;
      if (this.time >= 1) this.time = 0;
      let last;
      const step = (now) => {
        if (!this.playing) return;
        if (last !== undefined) this.moment(Math.min(1, this.time + (now - last) / 4000));
        last = now;
        if (this.time < 1) requestAnimationFrame(step);
        else this.run(false);
      };
      requestAnimationFrame(step);
    }

    moment(time) {
      this.time = time;
      this.slider.value = 1000 * time;
      const sample = this.samples[this.index];
      const frames = sample.path.length - 1;
      const [begin, end] = sample.time || [0, frames];
      document.getElementById('moment').textContent =
          (sample.time ? 'time ' : 'frame ') + short(begin + time * (end - begin)) + ' of ' + short(end) +
          (sample.time_unit ? ' ' + sample.time_unit : '');
      this.draw();
    }

    rotate(turn, tilt) {
      this.turn += turn;
      this.tilt = Math.min(1.5, Math.max(-1.5, this.tilt + tilt));
      this.draw();
    }

    drift(now) {
      if (!this.idle) return;
      if (this.last !== undefined) this.rotate(Math.min(50, now - this.last) * 0.00012, 0);
      this.last = now;
      requestAnimationFrame((next) => this.drift(next));
    }

    show(index) {
      this.index = index;
      const sample = this.samples[index];
      const points = [...sample.path.flat(), ...sample.prediction];
      this.centre = [0, 1, 2].map((d) => {
        const values = points.map((p) => p[d]);
        return (Math.min(...values) + Math.max(...values)) / 2;
      });
      this.radius = Math.max(...points.map((p) => Math.hypot(...p.map((x, d) => x - this.centre[d]))), 1e-6);
      const target = sample.path[sample.path.length - 1];
      const squares = target.flatMap((p, i) => p.map((x, d) => (x - sample.prediction[i][d]) ** 2));
      const mean = squares.reduce((sum, x) => sum + x, 0) / squares.length;
      document.getElementById('which').textContent = `${sample.label || 'sample'} (${index + 1} of ${this.samples.length})`;
      document.getElementById('miss').textContent = 'mean squared error ' + short(mean) +
          (sample.length_unit ? ' ' + sample.length_unit + '²' : '');
      this.moment(this.time);
    }

    resize() {
      const ratio = window.devicePixelRatio || 1;
      this.width = this.canvas.clientWidth;
      this.height = this.canvas.clientHeight;
      this.canvas.width = Math.round(this.width * ratio);
      this.canvas.height = Math.round(this.height * ratio);
      this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.draw();
    }

    // Perspective view of a point: [x, y, scale]; scale grows towards the viewer. The y axis points up.
    project(point) {
      const [x, y, z] = point.map((value, d) => (value - this.centre[d]) / this.radius);
      const [ct, st, cp, sp] = [Math.cos(this.turn), Math.sin(this.turn), Math.cos(this.tilt), Math.sin(this.tilt)];
      const across = ct * x + st * z;
      const away = -st * x + ct * z;
      const up = cp * y - sp * away;
      const near = sp * y + cp * away;
      const scale = 3.4 / (3.4 - near);
      const unit = 0.44 * Math.min(this.width, this.height) * this.zoom * scale;
      return [this.width / 2 + across * unit, this.height / 2 - up * unit, scale];
    }

    line(a, b, style, width, dash = []) {
      const context = this.context;
      const [p, q] = [this.project(a), this.project(b)];
      context.strokeStyle = style;
      context.globalAlpha = Math.min(1, Math.max(0.18, (p[2] + q[2]) / 2 - 0.45));
      context.lineWidth = width * (p[2] + q[2]) / 2;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(p[0], p[1]);
      context.lineTo(q[0], q[1]);
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 1;
    }

    ball(point, radius, colour, hollow) {
      const context = this.context;
      const [x, y, scale] = this.project(point);
      const r = radius * scale * Math.sqrt(this.zoom);
      context.beginPath();
      context.arc(x, y, r, 0, 2 * Math.PI);
      if (hollow) {
        context.fillStyle = css('--glass');
        context.strokeStyle = colour;
        context.lineWidth = 2.2;
        context.fill();
        context.stroke();
        return;
      }
      const shade = context.createRadialGradient(x - r / 3, y - r / 3, r / 10, x, y, r);
      shade.addColorStop(0, '#fff');
      shade.addColorStop(0.35, colour);
      shade.addColorStop(1, colour);
      context.fillStyle = shade;
      context.fill();
    }

    frame() {
      const corner = (k) => [0, 1, 2].map((d) => this.centre[d] + ((k >> d) & 1 ? 0.6 : -0.6) * this.radius);
      for (let k = 0; k < 8; ++k)
        for (let d = 0; d < 3; ++d)
          if (!((k >> d) & 1)) this.line(corner(k), corner(k | (1 << d)), css('--edge'), 1);
      const context = this.context;
      context.fillStyle = css('--soft');
      context.font = '11px ' + getComputedStyle(document.body).fontFamily;
      ['x', 'y', 'z'].forEach((name, d) => {
        const [x, y] = this.project(corner(1 << d).map((value, e) => (e === d ? value + 0.07 * this.radius : value)));
        context.fillText(name, x - 3, y + 4);
      });
    }

    // A round length at the depth of the centre, a fifth of the width at most.
    scale() {
      const perUnit = 0.44 * Math.min(this.width, this.height) * this.zoom / this.radius;
      const longest = 0.2 * this.width / perUnit;
      const decade = 10 ** Math.floor(Math.log10(longest));
      const size = decade * ([5, 2, 1].find((step) => step * decade <= longest) || 1);
      const [x, y, width] = [16, this.height - 18, size * perUnit];
      const context = this.context;
      context.strokeStyle = context.fillStyle = css('--soft');
      context.lineWidth = 1.5;
      context.beginPath();
      [[x, y - 4], [x, y], [x + width, y], [x + width, y - 4]].forEach(([a, b], i) => (i ? context.lineTo(a, b) : context.moveTo(a, b)));
      context.stroke();
      const unit = this.samples[this.index].length_unit;
      context.fillText(short(size) + (unit ? ' ' + unit : ''), x, y - 8);
      this.canvas.dataset.scale = size + ' ' + width;
    }

    draw() {
      if (!this.width || this.index === undefined) return;
      this.context.clearRect(0, 0, this.width, this.height);
      this.frame();
      this.scale();
      const sample = this.samples[this.index];
      const last = sample.path.length - 1;
      const at = this.time * last;
      const whole = Math.min(Math.floor(at), last - 1);
      const between = (a, b, t) => a.map((x, d) => x + (b[d] - x) * t);
      const bodies = [];
      sample.prediction.forEach((guess, i) => {
        const charge = (sample.charges || [])[i] || 0;
        const colour = charge > 0 ? css('--plus') : charge < 0 ? css('--minus') : css('--soft');
        const now = between(sample.path[whole][i], sample.path[whole + 1][i], at - whole);
        for (let f = 0; f < last; ++f) {
          if (f < whole) this.line(sample.path[f][i], sample.path[f + 1][i], colour, 2);
          else if (f > whole) this.line(sample.path[f][i], sample.path[f + 1][i], css('--edge'), 1.2);
        }
        this.line(sample.path[whole][i], now, colour, 2);
        this.line(now, sample.path[whole + 1][i], css('--edge'), 1.2);
        this.line(sample.path[last][i], guess, css('--warm'), 1.6, [4, 4]);
        bodies.push({point: guess, radius: 7.5, colour, hollow: true}, {point: now, radius: 7, colour, hollow: false},
                    {point: sample.path[0][i], radius: 2.6, colour, hollow: false});
      });
      bodies.sort((a, b) => this.project(a.point)[2] - this.project(b.point)[2]);
      for (const body of bodies) this.ball(body.point, body.radius, body.colour, body.hollow);
    }
  }

  // ---- pictures -----------------------------------------------------------------------------------------------------

  function enlarge(button) {
    const large = document.createElement('dialog');
    large.append(button.firstElementChild.cloneNode());
    large.onclick = () => large.close();
    large.onclose = () => large.remove();
    document.body.append(large);
    large.showModal();
  }
  document.querySelectorAll('.enlarge').forEach((button) => (button.onclick = () => enlarge(button)));

  const curves = data('curves');
  if (curves && curves.length) drawCharts(curves);
  const motion = data('trajectories');
  const stage = motion && motion.samples.length ? new Stage(motion.samples) : null;
  // Canvases take their colours from the style once: another scheme, another drawing.
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    if (curves && curves.length) drawCharts(curves);
    if (stage) stage.draw();
  });
})();
