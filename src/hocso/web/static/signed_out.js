// A shared tablet keeps nothing of the last learner: drafts of answers go too.
sessionStorage.clear();
