// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
"use strict";

// A function that draws `charts`, an array that may still grow, anew: what is in sight at once, the
// rest when the page has time. A newer call comes first.
olivine.redrawer = (charts) => {
  let turn = 0;
  const isInSight = ({element}) => {
    const {top, bottom} = element.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };
  return () => {
    const mine = (turn += 1);
    const rest = charts.filter((chart) => !isInSight(chart));
    charts.filter(isInSight).forEach((chart) => chart.update());
    const next = () => {
      if (mine !== turn || rest.length === 0) return;
      rest.shift().update();
      setTimeout(next);
    };
    setTimeout(next);
  };
};
