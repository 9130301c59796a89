# SPDX-License-Identifier: Apache-2.0
"""Given names: the commonest of the United States, which tell a surname beside them where all is in small letters.

Source: the given names of the 1990 census (female and male, the commonest of each) and of the Social Security
Administration's register of births, which are in the public domain. What is a word of the vocabulary as well ("mark",
"rose") is left out: beside it nothing is certain.
"""

from __future__ import annotations

_NAMES = """
    aaron adam alan albert alexander alfred alice amanda amber amy andrea andrew angela anita ann anna anne annie
    anthony antonio arthur ashley barbara benjamin bernard betty beverly billy bobby bonnie bradley brandon brenda
    brian bruce bryan carl carlos carmen carol caroline carolyn catherine charles cheryl christina christine
    christopher cindy clara clarence connie craig crystal curtis cynthia dale daniel danielle danny david dawn deborah
    debra denise dennis diana diane donald donna doris dorothy douglas earl edith edna edward eileen elaine eleanor
    elizabeth emily emma eric ernest esther ethel eugene eva evelyn florence frances francis frank fred gary george
    gerald gladys gloria gregory hannah harold harry heather helen henry howard irene jack jacqueline james jamie jane
    janet janice jason jean jeff jeffrey jennifer jeremy jerry jesse jessica jill jimmy joan joann joe joel john
    johnny jonathan jose joseph joshua joyce juan juanita judith judy julia julie justin karen katherine kathleen
    kathryn kathy keith kelly kenneth kevin kimberly kyle larry laura lauren lawrence leonard leslie lillian linda
    lisa lois lori louis louise lucille luis marcus margaret maria marie marilyn marjorie marlene martha martin mary
    matthew megan melanie melissa melvin michael michelle mildred monica nancy nathan nicholas nicole norma pamela
    patricia patrick paul paula pauline peggy peter philip phillip phyllis rachel ralph raymond rebecca regina rhonda
    ricardo richard rita robert roberta robin rodney roger ronald ronnie roy russell ruth ryan sally samantha samuel
    sandra sara sarah scott sean sharon shannon sheila sherry shirley sophia stacy stanley stephanie stephen steven
    sue susan suzanne sylvia tamara tammy teresa terry thelma theresa thomas tiffany timothy todd tracy valerie vernon
    veronica vicki victor victoria vincent virginia walter wanda warren wayne wendy william willie yolanda yvonne
    zachary
"""
GIVEN_NAMES = frozenset(_NAMES.split())
"""In small letters."""
