"use strict";
// Draws each chart from the JSON beside it, and lays them out anew for paper.
(() => {
  const charts = [...document.querySelectorAll(".plot")];
  const options = {
    displayModeBar: false,
    responsive: true,
    scrollZoom: false,
    typesetMath: false, // a class may be called $x$
  };
  // Pixels on A4 and Letter, before `zoom` in the style sheet makes them three quarters.
  const paper = { wide: 900, half: 440 };
  const opened = [];

  const draw = (chart) => {
    const figure = JSON.parse(document.getElementById(chart.dataset.figure).textContent);
    // A finger that moves over a chart scrolls the page.
    if (matchMedia("(pointer: coarse)").matches) figure.layout.dragmode = false;
    Plotly.newPlot(chart, figure.data, figure.layout, options).then(() => {
      chart.dataset.drawn = "yes";
    });
  };

  for (const chart of charts) {
    try {
      draw(chart);
    } catch (error) {
      console.error(chart.id, error); // the other charts are drawn all the same
    }
  }

  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details:not([open])")) {
      part.open = true;
      opened.push(part);
    }
    for (const chart of charts) {
      const width = chart.closest(".wide") ? paper.wide : paper.half;
      Plotly.relayout(chart, { width, autosize: false });
    }
  });

  addEventListener("afterprint", () => {
    for (const part of opened.splice(0)) part.open = false;
    for (const chart of charts) Plotly.relayout(chart, { width: null, autosize: true });
  });
})();
