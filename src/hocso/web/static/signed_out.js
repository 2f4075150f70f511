// A shared tablet keeps nothing of the last learner: drafts of answers, and what was not sent, go too.
sessionStorage.clear();
localStorage.clear();
